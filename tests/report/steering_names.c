/* SPDX-License-Identifier: MIT */
/* Hangs between a mutex and a file lock: their names, and those of the threads, would steer a terminal. */
#include <snag/snag.h>

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/file.h>

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both_have_one;
static const char *path;

static int open_it(void)
{
	int fd = open(path, O_RDWR | O_CREAT, 0600);

	if (fd < 0)
		exit(1);
	return fd;
}

static void *mutex_first(void *arg)
{
	int fd = open_it();

	pthread_setname_np(pthread_self(), "\033]0;thread\a");
	pthread_mutex_lock(&mutex);
	pthread_barrier_wait(&both_have_one);
	flock(fd, LOCK_EX);
	return arg;
}

static void *file_first(void *arg)
{
	int fd = open_it();

	snag_name_thread("\033]0;named thread\a");
	flock(fd, LOCK_EX);
	pthread_barrier_wait(&both_have_one);
	pthread_mutex_lock(&mutex);
	return arg;
}

int main(int argc, char **argv)
{
	pthread_t one, two;

	path = argv[argc - 1];
	snag_name_lock(&mutex, "\033]0;mutex\a");
	pthread_barrier_init(&both_have_one, NULL, 2);
	pthread_create(&one, NULL, mutex_first, NULL);
	pthread_create(&two, NULL, file_first, NULL);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	return 0;
}

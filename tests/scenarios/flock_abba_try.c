/* SPDX-License-Identifier: MIT */
/* Two threads lock two files in opposite orders, but the second one would not wait for its second.
 *
 * Twin of flock_abba.c: that lock is tried.
 *
 * expect: clean
 */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

static int left, right;
static atomic_int finished;

/* Another open file of the same file: who has locked one has not locked the other. */
static int open_again(int file)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	return open(path, O_RDWR);
}

static void *first(void *arg)
{
	int my_left = open_again(left), my_right = open_again(right);

	flock(my_left, LOCK_EX); /* first takes left */
	flock(my_right, LOCK_EX); /* first takes right */
	flock(my_right, LOCK_UN);
	flock(my_left, LOCK_UN);
	finished++;
	return NULL;
}

static void *second(void *arg)
{
	int my_left = open_again(left), my_right = open_again(right);

	flock(my_right, LOCK_EX); /* second takes right */
	flock(my_left, LOCK_EX | LOCK_NB); /* second takes left */
	flock(my_left, LOCK_UN);
	flock(my_right, LOCK_UN);
	finished++;
	return NULL;
}

int main(void)
{
	pthread_t one, two;

	left = memfd_create("left", 0);
	right = memfd_create("right", 0);
	pthread_create(&one, NULL, first, NULL);
	while (finished < 1)
		sched_yield();
	pthread_create(&two, NULL, second, NULL);
	while (finished < 2)
		sched_yield();
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* One thread takes two locks in the other's opposite order, but only when that has told it through a pipe that it is done. */
#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static int pipe_ends[2];

static void *first(void *argument)
{
	pthread_mutex_lock(&a);
	pthread_mutex_lock(&b);
	pthread_mutex_unlock(&b);
	pthread_mutex_unlock(&a);
	if (write(pipe_ends[1], "!", 1) != 1)
		_exit(1);
	return argument;
}

static void *second(void *argument)
{
	char done;

	if (read(pipe_ends[0], &done, 1) != 1)
		_exit(1);
	pthread_mutex_lock(&b);
	pthread_mutex_lock(&a);
	pthread_mutex_unlock(&a);
	pthread_mutex_unlock(&b);
	return argument;
}

int main(void)
{
	pthread_t threads[2];

	if (pipe(pipe_ends))
		return 1;
	pthread_create(&threads[0], NULL, first, NULL);
	pthread_create(&threads[1], NULL, second, NULL);
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	return 0;
}

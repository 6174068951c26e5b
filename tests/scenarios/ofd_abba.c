/* SPDX-License-Identifier: MIT */
/* Two threads lock two files in opposite orders, each by open files of its own.
 *
 * expect: lock-order-cycle possible error
 *   thread: first
 *     holds: at here < first takes left
 *     wants: at here < first takes right
 *   thread: second
 *     holds: at here < second takes right
 *     wants: at here < second takes left
 */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
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

/* A lock of the open file, not of the process. */
static void lock(int file, short type)
{
	struct flock whole = {.l_type = type};

	fcntl(file, F_OFD_SETLKW, &whole); /* here */
}

static void *first(void *arg)
{
	int my_left = open_again(left), my_right = open_again(right);

	lock(my_left, F_WRLCK); /* first takes left */
	lock(my_right, F_WRLCK); /* first takes right */
	lock(my_right, F_UNLCK);
	lock(my_left, F_UNLCK);
	finished++;
	return NULL;
}

static void *second(void *arg)
{
	int my_left = open_again(left), my_right = open_again(right);

	lock(my_right, F_WRLCK); /* second takes right */
	lock(my_left, F_WRLCK); /* second takes left */
	lock(my_left, F_UNLCK);
	lock(my_right, F_UNLCK);
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

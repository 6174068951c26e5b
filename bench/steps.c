/* SPDX-License-Identifier: MIT */
/* A known number of lock+unlock pairs, for callgrind to count the instructions of.
 *
 *   steps NESTING [wrapper]
 *
 * Only what happens inside measured() counts: by then each call has been met.  With `wrapper`, the calls come from one
 * function of the program's own, which is called from several places.
 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define noinline __attribute__((noinline, noclone))

enum { STEPS = 1000, MAX_NESTING = 3 };

static pthread_mutex_t locks[MAX_NESTING] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER,
					     PTHREAD_MUTEX_INITIALIZER};

static noinline void direct(int nesting, int n)
{
	for (int i = 0; i < n; i++) {
		pthread_mutex_lock(&locks[0]);
		if (nesting > 1)
			pthread_mutex_lock(&locks[1]);
		if (nesting > 2)
			pthread_mutex_lock(&locks[2]);
		if (nesting > 2)
			pthread_mutex_unlock(&locks[2]);
		if (nesting > 1)
			pthread_mutex_unlock(&locks[1]);
		pthread_mutex_unlock(&locks[0]);
	}
}

static noinline void my_lock(pthread_mutex_t *m)
{
	pthread_mutex_lock(m);
	__asm__ volatile(""); /* no tail call */
}

static noinline void by_wrapper(int nesting, int n)
{
	for (int i = 0; i < n; i++) {
		my_lock(&locks[0]);
		if (nesting > 1)
			my_lock(&locks[1]);
		if (nesting > 2)
			my_lock(&locks[2]);
		for (int k = nesting; k-- > 0;)
			pthread_mutex_unlock(&locks[k]);
	}
}

static noinline void measured(void (*walk)(int, int), int nesting)
{
	walk(nesting, STEPS);
	__asm__ volatile("");
}

static void *nothing(void *argument)
{
	return argument;
}

int main(int argc, char **argv)
{
	int nesting = argc > 1 ? atoi(argv[1]) : 0;
	void (*walk)(int, int) = argc > 2 && !strcmp(argv[2], "wrapper") ? by_wrapper : direct;
	pthread_t thread;

	if (nesting < 1 || nesting > MAX_NESTING || pthread_create(&thread, NULL, nothing, NULL))
		return 2;
	/* glibc takes a short cut in a process that has never had a second thread. */
	pthread_join(thread, NULL);
	walk(nesting, 2);
	measured(walk, nesting);
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* Takes and releases a lock many times, and then two others in both orders, one thread after the other: `busy PAIRS`.
 *
 * Before all that it has taken a recursive lock twice.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

static pthread_mutex_t busy = PTHREAD_MUTEX_INITIALIZER, a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t again = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static atomic_int n_done;

static void *take_both(void *arg)
{
	pthread_mutex_t *first = arg, *second = arg == &a ? &b : &a;

	pthread_mutex_lock(first);
	pthread_mutex_lock(second);
	pthread_mutex_unlock(first); /* not in the opposite order of taking */
	pthread_mutex_unlock(second);
	n_done++;
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t one, two;

	pthread_mutex_lock(&again);
	pthread_mutex_lock(&again);
	pthread_mutex_unlock(&again);
	pthread_mutex_unlock(&again);
	for (int i = argc > 1 ? atoi(argv[1]) : 0; i > 0; i--) {
		pthread_mutex_lock(&busy);
		pthread_mutex_unlock(&busy);
	}
	pthread_create(&one, NULL, take_both, &a);
	while (!n_done)
		sched_yield();
	pthread_create(&two, NULL, take_both, &b);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	return 0;
}

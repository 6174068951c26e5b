/* SPDX-License-Identifier: MIT */
/* Ten thousand locks, each taken below its parent in a tree and below its neighbour.
 *
 * Twin of hierarchy_inverted.c: the other thread goes down, too.
 *
 * expect: clean
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

enum { N_LOCKS = 10000, CHILD = 7000 };

static pthread_mutex_t locks[N_LOCKS];
static atomic_int finished;

static void take_both(int outer, int inner)
{
	pthread_mutex_lock(&locks[outer]); /* takes the outer one */
	pthread_mutex_lock(&locks[inner]); /* takes the inner one */
	pthread_mutex_unlock(&locks[inner]);
	pthread_mutex_unlock(&locks[outer]);
}

static void *orderly(void *arg)
{
	for (int i = 1; i < N_LOCKS; i++) {
		take_both(i / 2, i); /* orderly goes down */
		take_both(i - 1, i);
	}
	finished++;
	return NULL;
}

static void *other(void *arg)
{
	take_both(CHILD / 2, CHILD); /* other goes down */
	return NULL;
}

int main(void)
{
	pthread_t one, two;

	for (int i = 0; i < N_LOCKS; i++)
		pthread_mutex_init(&locks[i], NULL);
	pthread_create(&one, NULL, orderly, NULL);
	while (!finished)
		sched_yield();
	pthread_create(&two, NULL, other, NULL);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	return 0;
}

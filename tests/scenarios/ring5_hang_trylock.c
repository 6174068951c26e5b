/* SPDX-License-Identifier: MIT */
/* Five threads in a ring have taken a lock each; four reach for their neighbour's, the fifth only tries.
 *
 * Twin of ring5_hang.c: one that gives way is enough for all.
 *
 * expect: clean
 */
#include <pthread.h>
#include <stdint.h>

enum { SIZE = 5 };

static pthread_mutex_t locks[SIZE];
static pthread_barrier_t all_have_one;

static int take(int i, int (*lock)(pthread_mutex_t *))
{
	return lock(&locks[i % SIZE]); /* takes the next */
}

static void *thread(void *arg)
{
	int i = (intptr_t)arg;

	pthread_mutex_lock(&locks[i]); /* takes its own */
	pthread_barrier_wait(&all_have_one);
	if (take(i + 1, i == SIZE - 1 ? pthread_mutex_trylock : pthread_mutex_lock) == 0)
		pthread_mutex_unlock(&locks[(i + 1) % SIZE]);
	pthread_mutex_unlock(&locks[i]);
	return NULL;
}

int main(void)
{
	pthread_t threads[SIZE];

	pthread_barrier_init(&all_have_one, NULL, SIZE);
	for (intptr_t i = 0; i < SIZE; i++) {
		pthread_mutex_init(&locks[i], NULL);
		pthread_create(&threads[i], NULL, thread, (void *)i);
	}
	for (int i = 0; i < SIZE; i++)
		pthread_join(threads[i], NULL);
	return 0;
}

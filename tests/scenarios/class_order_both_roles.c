/* SPDX-License-Identifier: MIT */
/* Decoders with two locks each, all made by one helper.  Who feeds them looks at the progress of the last one with the
 * next one's lock in hand, and once it is the other way round.
 *
 * Twin of class_order_roles.c: there a lock of progress is always the inner one.  No circle has closed.
 *
 * expect: lock-class-order possible warning
 *   thread: decode
 *     holds: decoders[0].busy at is busy
 *     wants: decoders[0].progress at tells its progress
 *   thread: feed
 *     holds: decoders[1].busy at feeds the next
 *     wants: decoders[0].progress at looks at the last
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>

enum { DECODERS = 4 };

static struct decoder {
	pthread_mutex_t busy;
	pthread_mutex_t progress;
	int frame;
} decoders[DECODERS];
static atomic_int is_fed;

__attribute__((noipa)) static void make(pthread_mutex_t *const locks[], int n)
{
	for (int i = 0; i < n; i++)
		pthread_mutex_init(locks[i], NULL);
}

static void *decode(void *arg)
{
	for (struct decoder *own = decoders; own < decoders + DECODERS; own++) {
		pthread_mutex_lock(&own->busy); /* is busy */
		pthread_mutex_lock(&own->progress); /* tells its progress */
		own->frame++;
		pthread_mutex_unlock(&own->progress);
		pthread_mutex_unlock(&own->busy);
	}
	return NULL;
}

static void nest(pthread_mutex_t *outer, pthread_mutex_t *inner)
{
	pthread_mutex_lock(outer); /* feeds the next */
	pthread_mutex_lock(inner); /* looks at the last */
	pthread_mutex_unlock(inner);
	pthread_mutex_unlock(outer);
}

static void *feed(void *arg)
{
	for (int i = 0; i < DECODERS; i++)
		nest(&decoders[i].busy, &decoders[(i + DECODERS - 1) % DECODERS].progress);
	nest(&decoders[DECODERS - 1].progress, &decoders[1].busy);
	is_fed = 1;
	return NULL;
}

int main(void)
{
	pthread_t threads[2];

	for (int i = 0; i < DECODERS; i++)
		make((pthread_mutex_t *const[]){&decoders[i].busy, &decoders[i].progress}, 2);
	pthread_create(&threads[0], NULL, feed, NULL);
	while (!is_fed)
		sched_yield();
	pthread_create(&threads[1], NULL, decode, NULL);
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	return 0;
}

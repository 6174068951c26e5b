/* SPDX-License-Identifier: MIT */
/* Decoders with two locks each, all made by one helper: one that is held while it is busy, and one for its progress.  Who
 * feeds them has the next one's, and looks at the progress of the last.
 *
 * Up and down the table, but a lock of progress is always the inner one.
 *
 * expect: clean
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

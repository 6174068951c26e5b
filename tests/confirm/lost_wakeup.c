/* SPDX-License-Identifier: MIT */
/* What a consumer waits for is changed without the mutex of the wait.  As a rule the consumer is asleep by then; when it has
 * looked and is just about to sleep, the signal goes by.
 *
 * confirm: lost-wakeup confirmed
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <time.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t filled = PTHREAD_COND_INITIALIZER;
static atomic_bool has_looked, is_filled;

static void *consume(void *unused)
{
	pthread_mutex_lock(&lock);
	while (!is_filled) {
		has_looked = true;
		pthread_cond_wait(&filled, &lock);
	}
	pthread_mutex_unlock(&lock);
	return unused;
}

static void *produce(void *unused)
{
	struct timespec work = {.tv_nsec = 20000000};

	while (!has_looked)
		sched_yield();
	nanosleep(&work, NULL);
	is_filled = true;
	pthread_cond_signal(&filled);
	return unused;
}

int main(void)
{
	pthread_t consumer, producer;

	pthread_create(&consumer, NULL, consume, NULL);
	pthread_create(&producer, NULL, produce, NULL);
	pthread_join(consumer, NULL);
	pthread_join(producer, NULL);
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* A consumer waits for a condition, which releases the inner lock but not the outer one; the producer needs that first.
 *
 * expect: nested-monitor observed error
 *   thread: consumer
 *     wants: is_filled
 *     kind: condition variable
 *     holds: outer
 *   thread: producer
 *     wants: outer
 *     kind: mutex
 *   thread: main
 *     wants: the end of consumer
 */
#include "../gdb/stage.h"

static pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER, inner = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t is_filled = PTHREAD_COND_INITIALIZER;
static int n;

static void *consume(void *arg)
{
	stage_name("consumer");
	pthread_mutex_lock(&outer);
	stage_meet();
	pthread_mutex_lock(&inner);
	while (!n)
		pthread_cond_wait(&is_filled, &inner);
	pthread_mutex_unlock(&inner);
	pthread_mutex_unlock(&outer);
	return NULL;
}

static void *produce(void *arg)
{
	stage_name("producer");
	stage_meet();
	pthread_mutex_lock(&outer);
	pthread_mutex_lock(&inner);
	n = 1;
	pthread_cond_signal(&is_filled);
	pthread_mutex_unlock(&inner);
	pthread_mutex_unlock(&outer);
	return NULL;
}

int main(void)
{
	pthread_t consumer, producer;

	stage_open(2);
	stage_lock("outer", &outer);
	stage_lock("is_filled", &is_filled);
	pthread_create(&consumer, NULL, consume, NULL);
	pthread_create(&producer, NULL, produce, NULL);
	stage_name("main");
	pthread_join(consumer, NULL);
	pthread_join(producer, NULL);
	return 0;
}

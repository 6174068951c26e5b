/* SPDX-License-Identifier: MIT */
/* A thread takes two locks, tells another to take them in the same order, and takes them again itself.
 *
 * Twin of handed_on_again.c: same order.
 *
 * expect: clean
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER, m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turned = PTHREAD_COND_INITIALIZER;
static bool is_waiting, is_done;
static atomic_bool has_finished;

static void take_both(void)
{
	pthread_mutex_lock(&a); /* first takes a */
	pthread_mutex_lock(&b); /* first takes b */
	pthread_mutex_unlock(&b);
	pthread_mutex_unlock(&a);
}

static void wait_for(const bool *is_true)
{
	while (!*is_true)
		pthread_cond_wait(&turned, &m);
}

static void tell(bool *is_true)
{
	*is_true = true;
	pthread_cond_broadcast(&turned);
}

static void *first(void *arg)
{
	take_both();
	pthread_mutex_lock(&m);
	wait_for(&is_waiting);
	tell(&is_done);
	pthread_mutex_unlock(&m);
	take_both();
	has_finished = true;
	return NULL;
}

static void *second(void *arg)
{
	pthread_mutex_lock(&m);
	tell(&is_waiting);
	wait_for(&is_done);
	pthread_mutex_unlock(&m);
	while (!has_finished)
		sched_yield();
	pthread_mutex_lock(&a); /* second takes a */
	pthread_mutex_lock(&b); /* second takes b */
	pthread_mutex_unlock(&a);
	pthread_mutex_unlock(&b);
	return NULL;
}

int main(void)
{
	pthread_t one, two;

	pthread_create(&one, NULL, first, NULL);
	pthread_create(&two, NULL, second, NULL);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	return 0;
}

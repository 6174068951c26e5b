/* SPDX-License-Identifier: MIT */
/* Main ends by pthread_exit; its threads go on without it, and take two locks in opposite orders.
 *
 * expect: lock-order-cycle possible error
 *   thread: first
 *     holds: a at first takes a
 *     wants: b at first takes b
 *   thread: second
 *     holds: b at second takes b
 *     wants: a at second takes a
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;
static atomic_int finished;

static void *first(void *arg)
{
	pthread_mutex_lock(&a); /* first takes a */
	pthread_mutex_lock(&b); /* first takes b */
	pthread_mutex_unlock(&b);
	pthread_mutex_unlock(&a);
	finished++;
	return NULL;
}

static void *second(void *arg)
{
	pthread_mutex_lock(&b); /* second takes b */
	pthread_mutex_lock(&a); /* second takes a */
	pthread_mutex_unlock(&a);
	pthread_mutex_unlock(&b);
	finished++;
	return NULL;
}

static void *starts_second(void *main_thread)
{
	pthread_t two;

	pthread_join(*(pthread_t *)main_thread, NULL);
	while (!finished)
		sched_yield();
	pthread_create(&two, NULL, second, NULL);
	pthread_join(two, NULL);
	return NULL;
}

int main(void)
{
	static pthread_t main_thread;
	pthread_t one, two;

	main_thread = pthread_self();
	pthread_create(&one, NULL, first, NULL);
	pthread_create(&two, NULL, starts_second, &main_thread);
	pthread_exit(NULL);
}

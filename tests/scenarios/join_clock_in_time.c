/* SPDX-License-Identifier: MIT */
/* Main waits long enough for a thread's end, with a limit that is not met.
 *
 * Twin of join_clock_timed_out.c: the thread is told to end, and main does not wait for a time long past.
 *
 * expect: lock-order-cycle ordered note
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
#include <time.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;
static atomic_int finished, may_end;

static void *first(void *arg)
{
	pthread_mutex_lock(&a); /* first takes a */
	pthread_mutex_lock(&b); /* first takes b */
	pthread_mutex_unlock(&b);
	pthread_mutex_unlock(&a);
	finished++;
	while (!may_end)
		sched_yield();
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

int main(void)
{
	static const struct timespec until = {.tv_sec = 4000000000};
	pthread_t one, two;
	int is_alive;

	pthread_create(&one, NULL, first, NULL);
	while (!finished)
		sched_yield();
	may_end = 1;
	is_alive = pthread_clockjoin_np(one, NULL, CLOCK_MONOTONIC, &until);
	pthread_create(&two, NULL, second, NULL);
	if (is_alive)
		pthread_join(one, NULL);
	pthread_join(two, NULL);
	return 0;
}

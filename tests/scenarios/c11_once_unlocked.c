/* SPDX-License-Identifier: MIT */
/* A routine that runs once takes a lock, while another thread waits for the routine with empty hands.
 *
 * Twin of c11_once_hang.c: the unlock comes before.
 *
 * expect: clean
 */
#include <pthread.h>
#include <threads.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static once_flag once = ONCE_FLAG_INIT;
static pthread_barrier_t both_have_begun;

static void set_up(void)
{
	pthread_barrier_wait(&both_have_begun);
	pthread_mutex_lock(&lock); /* set_up takes the lock */
	pthread_mutex_unlock(&lock);
}

static void *first(void *arg)
{
	call_once(&once, set_up); /* first sets up */
	return NULL;
}

static void *second(void *arg)
{
	pthread_mutex_lock(&lock); /* second takes the lock */
	pthread_barrier_wait(&both_have_begun);
	pthread_mutex_unlock(&lock);
	call_once(&once, set_up); /* second sets up */
	return NULL;
}

int main(void)
{
	pthread_t one, two;

	pthread_barrier_init(&both_have_begun, NULL, 2);
	pthread_create(&one, NULL, first, NULL);
	pthread_create(&two, NULL, second, NULL);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	return 0;
}

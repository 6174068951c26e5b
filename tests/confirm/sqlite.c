/* SPDX-License-Identifier: MIT */
/* The recursive mutex of SQLite 3.3.3 (ticket 1672): it is made of two, and a count that is read before it is raised.
 *
 * A thread that enters for the first time holds `aux` while it waits for `main`; one that is in takes `aux` again when it
 * enters again.  That the circle can close depends on the count: the second thread must look at it after the first has
 * left `aux` and before it has counted itself.  Where locks are asked for is too late to wait for each other; where one is
 * given back is not.
 *
 * confirm: lock-order-cycle confirmed
 */
#include <pthread.h>
#include <stdbool.h>

static pthread_mutex_t mutex_aux = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t mutex_main = PTHREAD_MUTEX_INITIALIZER;
static pthread_t owner;
static volatile int in_mutex;

static void enter(void)
{
	pthread_mutex_lock(&mutex_aux);
	if (in_mutex == 0) {
		pthread_mutex_lock(&mutex_main);
		owner = pthread_self();
	} else if (!pthread_equal(owner, pthread_self())) {
		pthread_mutex_unlock(&mutex_aux);
		pthread_mutex_lock(&mutex_main);
		pthread_mutex_lock(&mutex_aux);
		owner = pthread_self();
	}
	pthread_mutex_unlock(&mutex_aux);
	in_mutex++;
}

static void leave(void)
{
	pthread_mutex_lock(&mutex_aux);
	if (--in_mutex == 0)
		pthread_mutex_unlock(&mutex_main);
	pthread_mutex_unlock(&mutex_aux);
}

static void *query(void *unused)
{
	enter();
	enter();
	leave();
	leave();
	return unused;
}

int main(void)
{
	pthread_t reader, writer;

	pthread_create(&reader, NULL, query, NULL);
	pthread_create(&writer, NULL, query, NULL);
	pthread_join(reader, NULL);
	pthread_join(writer, NULL);
	return 0;
}

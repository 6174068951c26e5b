/* SPDX-License-Identifier: MIT */
/* Main waits for a thread's end; the destructor of the thread's data takes a lock.
 *
 * Twin of tsd_destructor_hang.c: main has given the lock back by then.
 *
 * expect: clean
 */
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_key_t key;

static void destructor(void *value)
{
	pthread_mutex_lock(&lock); /* destructor takes it */
	pthread_mutex_unlock(&lock);
}

static void *worker(void *arg)
{
	pthread_setspecific(key, &key);
	return NULL;
}

int main(void)
{
	pthread_t thread;

	pthread_key_create(&key, destructor);
	pthread_mutex_lock(&lock); /* main takes it */
	pthread_create(&thread, NULL, worker, NULL);
	pthread_mutex_unlock(&lock);
	pthread_join(thread, NULL); /* main joins */
	return 0;
}

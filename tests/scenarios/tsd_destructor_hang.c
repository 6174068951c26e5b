/* SPDX-License-Identifier: MIT */
/* Main waits for a thread's end with a lock in its hand; the thread has returned, but its data's destructor wants the lock.
 *
 * expect: join-cycle observed error
 *   thread: main
 *     holds: lock at main takes it
 *     wants: at main joins
 *   thread: worker
 *     wants: lock at destructor takes it
 * hangs: yes
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
	pthread_join(thread, NULL); /* main joins */
	pthread_mutex_unlock(&lock);
	return 0;
}

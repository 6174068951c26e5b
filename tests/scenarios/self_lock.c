/* SPDX-License-Identifier: MIT */
/* A thread takes a lock that it holds already, and waits for itself.
 *
 * expect: self-deadlock observed error
 *   thread: main
 *     holds: lock at takes it
 *     wants: lock at takes it again
 * hangs: yes
 */
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

int main(void)
{
	pthread_mutex_lock(&lock); /* takes it */
	pthread_mutex_lock(&lock); /* takes it again */
	pthread_mutex_unlock(&lock);
	pthread_mutex_unlock(&lock);
	return 0;
}

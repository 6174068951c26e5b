/* SPDX-License-Identifier: MIT */
/* A thread takes an error-checking lock twice, is told so, and goes on.
 *
 * Twin of self_lock.c: the second call returns EDEADLK, the second unlock EPERM.  Both are answers, not accidents.
 *
 * expect: clean
 */
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;

int main(void)
{
	pthread_mutex_lock(&lock); /* takes it */
	pthread_mutex_lock(&lock); /* takes it again */
	pthread_mutex_unlock(&lock);
	pthread_mutex_unlock(&lock);
	return 0;
}

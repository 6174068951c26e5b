/* SPDX-License-Identifier: MIT */
/* A thread takes a recursive lock twice.
 *
 * Twin of self_lock.c: the lock counts.
 *
 * expect: clean
 */
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;

int main(void)
{
	pthread_mutex_lock(&lock); /* takes it */
	pthread_mutex_lock(&lock); /* takes it again */
	pthread_mutex_unlock(&lock);
	pthread_mutex_unlock(&lock);
	return 0;
}

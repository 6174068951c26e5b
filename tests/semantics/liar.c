/* SPDX-License-Identifier: MIT */
/* A preload that is wrong about one function. */
#include <errno.h>
#include <pthread.h>

int pthread_mutex_consistent(pthread_mutex_t *m)
{
	return EBUSY;
}

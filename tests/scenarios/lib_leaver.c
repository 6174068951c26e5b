/* SPDX-License-Identifier: MIT */
/* A plug-in whose destructor takes a lock of the program that unloads it. */
#include <pthread.h>

extern pthread_mutex_t host_lock;

__attribute__((destructor)) static void leave(void)
{
	pthread_mutex_lock(&host_lock); /* plugin takes the host's lock again */
	pthread_mutex_unlock(&host_lock);
}

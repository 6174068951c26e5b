/* SPDX-License-Identifier: MIT */
/* A plug-in whose constructor takes a lock of its own and one of the program that loads it. */
#include <pthread.h>

extern pthread_mutex_t host_lock;
pthread_mutex_t plugin_lock = PTHREAD_MUTEX_INITIALIZER;

__attribute__((constructor)) static void announce(void)
{
	pthread_mutex_lock(&plugin_lock); /* plugin takes its lock */
	pthread_mutex_lock(&host_lock); /* plugin takes the host's lock */
	pthread_mutex_unlock(&host_lock);
	pthread_mutex_unlock(&plugin_lock);
}

/* SPDX-License-Identifier: MIT */
/* A preloaded library that does nothing: the price of being there. */
#include <dlfcn.h>
#include <pthread.h>

static int (*next_lock)(pthread_mutex_t *);
static int (*next_unlock)(pthread_mutex_t *);

static __attribute__((constructor)) void find_next(void)
{
	next_lock = (int (*)(pthread_mutex_t *))dlsym(RTLD_NEXT, "pthread_mutex_lock");
	next_unlock = (int (*)(pthread_mutex_t *))dlsym(RTLD_NEXT, "pthread_mutex_unlock");
}

int pthread_mutex_lock(pthread_mutex_t *m)
{
	return next_lock(m);
}

int pthread_mutex_unlock(pthread_mutex_t *m)
{
	return next_unlock(m);
}

/* SPDX-License-Identifier: MIT */
/* Another's preload, which counts how often a mutex is acquired or released. */
#include <dlfcn.h>
#include <pthread.h>

static _Atomic long n_calls;

long calls_counted(void);

long calls_counted(void)
{
	return n_calls;
}

/* An uncontended mutex is acquired by either of two. */
#define COUNTED(name)                                                                                                 \
	int name(pthread_mutex_t *m)                                                                                  \
	{                                                                                                             \
		static int (*next)(pthread_mutex_t *);                                                                \
                                                                                                                      \
		if (!next)                                                                                            \
			next = (int (*)(pthread_mutex_t *))dlsym(RTLD_NEXT, #name);                                   \
		n_calls++;                                                                                            \
		return next(m);                                                                                       \
	}
COUNTED(pthread_mutex_lock)
COUNTED(pthread_mutex_trylock)
COUNTED(pthread_mutex_unlock)

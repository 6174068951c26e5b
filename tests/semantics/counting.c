/* SPDX-License-Identifier: MIT */
/* Another's preload, which counts how often a mutex, a semaphore or a read-write lock is acquired or released, and signals are blocked or not. */
#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <unistd.h>

static _Atomic long n_calls, n_masks;

long calls_counted(void);
long masks_counted(void);

long calls_counted(void)
{
	return n_calls;
}

/* What is uncontended is acquired by either of two. */
#define COUNTED(name, object)                                                                                         \
	int name(object *o)                                                                                           \
	{                                                                                                             \
		static int (*next)(object *);                                                                         \
                                                                                                                      \
		if (!next)                                                                                            \
			next = (int (*)(object *))dlsym(RTLD_NEXT, #name);                                            \
		n_calls++;                                                                                            \
		return next(o);                                                                                       \
	}
COUNTED(pthread_mutex_lock, pthread_mutex_t)
COUNTED(pthread_mutex_trylock, pthread_mutex_t)
COUNTED(pthread_mutex_unlock, pthread_mutex_t)
COUNTED(pthread_rwlock_rdlock, pthread_rwlock_t)
COUNTED(pthread_rwlock_tryrdlock, pthread_rwlock_t)
COUNTED(pthread_rwlock_unlock, pthread_rwlock_t)
COUNTED(sem_wait, sem_t)
COUNTED(sem_trywait, sem_t)
COUNTED(sem_post, sem_t)

long masks_counted(void)
{
	return n_masks;
}

int sigprocmask(int how, const sigset_t *set, sigset_t *old)
{
	static int (*next)(int, const sigset_t *, sigset_t *);

	if (!next)
		next = (int (*)(int, const sigset_t *, sigset_t *))dlsym(RTLD_NEXT, "sigprocmask");
	n_masks++;
	return next(how, set, old);
}

/* As the kernel is called: six arguments, whether they were given or not. */
long syscall(long number, ...)
{
	static long (*next)(long, ...);
	va_list more;
	long a[6];

	va_start(more, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(more, long);
	va_end(more);
	if (!next)
		next = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
	n_masks += number == SYS_rt_sigprocmask;
	return next(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

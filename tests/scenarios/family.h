/* SPDX-License-Identifier: MIT */
/* Two processes that share some memory, and meet in it; their parent waits for both. */
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_barrier_t *meeting;

/* Memory that this process and those that it begins have in common. */
static void *family_memory(size_t size)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
}

static inline pthread_mutex_t *family_mutex(void)
{
	pthread_mutex_t *mutex = family_memory(sizeof(*mutex));
	pthread_mutexattr_t attributes;

	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(mutex, &attributes);
	return mutex;
}

static inline pthread_rwlock_t *family_rwlock(void)
{
	pthread_rwlock_t *rwlock = family_memory(sizeof(*rwlock));
	pthread_rwlockattr_t attributes;

	pthread_rwlockattr_init(&attributes);
	pthread_rwlockattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	pthread_rwlock_init(rwlock, &attributes);
	return rwlock;
}

/* Waits until the other one is there, too. */
static inline void family_meet(void)
{
	pthread_barrier_wait(meeting);
}

static pid_t family_begin(void (*routine)(void))
{
	pid_t child = fork();

	if (child)
		return child;
	routine();
	_exit(0);
}

/* Runs both, each in a process of its own, until both have ended. */
static int family_run(void (*first)(void), void (*second)(void))
{
	pthread_barrierattr_t attributes;
	pid_t children[2];

	meeting = family_memory(sizeof(*meeting));
	pthread_barrierattr_init(&attributes);
	pthread_barrierattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	pthread_barrier_init(meeting, &attributes, 2);
	children[0] = family_begin(first);
	children[1] = family_begin(second);
	for (int i = 0; i < 2; i++)
		waitpid(children[i], NULL, 0);
	return 0;
}

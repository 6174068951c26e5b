/* SPDX-License-Identifier: MIT */
/* The same orders, but the first process would not wait for the file.
 *
 * Twin of lockf_abba.c: its lock is tried.
 *
 * expect: clean
 */
#undef _FILE_OFFSET_BITS /* it would make fcntl another name of fcntl64, and lockf of lockf64 */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

typedef void routine(void);

static int file;
static atomic_int *finished;

static pthread_mutex_t *mutex;

static void first(void)
{
	pthread_mutex_lock(mutex); /* first takes the mutex */
	lockf(file, F_TLOCK, 0); /* first takes the file */
	lockf(file, F_ULOCK, 0);
	pthread_mutex_unlock(mutex);
}

static void second(void)
{
	lockf64(file, F_LOCK, 0); /* second takes the file */
	pthread_mutex_lock(mutex); /* second takes the mutex */
	pthread_mutex_unlock(mutex);
	lockf64(file, F_ULOCK, 0);
}

static void *run(void *routine_)
{
	((routine *)routine_)();
	++*finished;
	return NULL;
}

static void in_thread(routine *routine_)
{
	pthread_t thread;

	pthread_create(&thread, NULL, run, (void *)routine_);
}

static void in_process(routine *routine_)
{
	if (fork())
		return;
	run((void *)routine_);
	_exit(0);
}

static void (*const run_in[])(routine *) = {in_thread, in_process};
enum { THREAD, PROCESS };

static void mutex_init(void)
{
	pthread_mutexattr_t shared;

	mutex = mmap(NULL, sizeof(*mutex), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pthread_mutexattr_init(&shared);
	pthread_mutexattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(mutex, &shared);
}

int main(void)
{
	mutex_init();
	file = memfd_create("table", 0);
	finished = mmap(NULL, sizeof(*finished), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	run_in[THREAD](first);
	while (*finished < 1)
		sched_yield();
	run_in[PROCESS](second);
	while (*finished < 2)
		sched_yield();
	return 0;
}

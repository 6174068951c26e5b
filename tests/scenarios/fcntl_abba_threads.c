/* SPDX-License-Identifier: MIT */
/* Two threads of one process lock two parts of a file in opposite orders: such locks belong to the process, and neither thread
 * is in the other's way.
 *
 * Twin of fcntl_abba.c: both are threads.
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

static void set(short type, off_t start)
{
	struct flock range = {.l_type = type, .l_start = start, .l_len = 10};

	fcntl(file, F_SETLKW, &range); /* here */
}

static void first(void)
{
	set(F_WRLCK, 0); /* first takes the beginning */
	set(F_WRLCK, 10); /* first takes the rest */
	set(F_UNLCK, 10);
	set(F_UNLCK, 0);
}

static void second(void)
{
	set(F_WRLCK, 10); /* second takes the rest */
	set(F_WRLCK, 0); /* second takes the beginning */
	set(F_UNLCK, 0);
	set(F_UNLCK, 10);
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

int main(void)
{
	file = memfd_create("table", 0);
	finished = mmap(NULL, sizeof(*finished), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	run_in[THREAD](first);
	while (*finished < 1)
		sched_yield();
	run_in[THREAD](second);
	while (*finished < 2)
		sched_yield();
	return 0;
}

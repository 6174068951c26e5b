/* SPDX-License-Identifier: MIT */
/* A program for the tests of `snag run`: deadlocks, and does with SIGABRT and its own stopping what it is told.
 *
 *   stuck            two threads close a deadlock; main waits for them
 *   stuck ignore     the same, and SIGABRT does nothing
 *   stuck again      the same, and what it does about SIGABRT closes another one
 *   stuck family     two processes close a deadlock; the elder, as a program, has begun later
 *   stuck stop       no threads: prints "stopping", stops itself, prints "going on" when continued, exits with 5
 *   stuck term       no threads: prints "waiting", exits with 9 on SIGTERM
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER, second = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t third = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both_hold_one;

static void *take(void *is_reversed)
{
	pthread_mutex_lock(is_reversed ? &second : &first);
	pthread_barrier_wait(&both_hold_one);
	pthread_mutex_lock(is_reversed ? &first : &second);
	return NULL;
}

static int deadlock(void)
{
	pthread_t threads[2];

	pthread_barrier_init(&both_hold_one, NULL, 2);
	pthread_create(&threads[0], NULL, take, NULL);
	pthread_create(&threads[1], NULL, take, &second);
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	return 0;
}

static void take_again(int signal)
{
	pthread_mutex_lock(&third);
}

static int deadlock_again(void)
{
	signal(SIGABRT, take_again);
	pthread_mutex_lock(&third);
	return deadlock();
}

/* What a family has in common: the memory of this descriptor, and a pipe. */
enum { MEMORY = 50, READ_END, WRITE_END };

struct common {
	pthread_mutex_t locks[2];
	pthread_barrier_t both_hold_one;
};

static struct common *common_map(void)
{
	return mmap(NULL, sizeof(struct common), PROT_READ | PROT_WRITE, MAP_SHARED, MEMORY, 0);
}

static void common_init(void)
{
	int ends[2], memory = memfd_create("common", 0);
	pthread_barrierattr_t barrier;
	pthread_mutexattr_t mutex;
	struct common *common;

	if (memory < 0 || ftruncate(memory, sizeof(*common)) || pipe(ends))
		_exit(1);
	dup2(memory, MEMORY);
	dup2(ends[0], READ_END);
	dup2(ends[1], WRITE_END);
	common = common_map();
	pthread_mutexattr_init(&mutex);
	pthread_mutexattr_setpshared(&mutex, PTHREAD_PROCESS_SHARED);
	for (int i = 0; i < 2; i++)
		pthread_mutex_init(&common->locks[i], &mutex);
	pthread_barrierattr_init(&barrier);
	pthread_barrierattr_setpshared(&barrier, PTHREAD_PROCESS_SHARED);
	pthread_barrier_init(&common->both_hold_one, &barrier, 2);
}

/* The place where a lock is first used names it: these are two places. */
static int elder(void)
{
	struct common *common = common_map();

	pthread_mutex_lock(&common->locks[1]);
	pthread_barrier_wait(&common->both_hold_one);
	return pthread_mutex_lock(&common->locks[0]);
}

static int younger(void)
{
	struct common *common = common_map();

	pthread_mutex_lock(&common->locks[0]);
	pthread_barrier_wait(&common->both_hold_one);
	return pthread_mutex_lock(&common->locks[1]);
}

static int deadlock_in_family(const char *program)
{
	char byte = 0;

	common_init();
	if (fork() == 0) {
		if (read(READ_END, &byte, 1) == 1)
			execl(program, program, "elder", NULL);
		_exit(1);
	}
	if (fork() == 0)
		_exit(write(WRITE_END, &byte, 1) == 1 ? younger() : 1);
	while (wait(NULL) > 0)
		continue;
	return 0;
}

static int stop(void)
{
	puts("stopping");
	raise(SIGSTOP);
	puts("going on");
	return 5;
}

static void exit_with_nine(int signal)
{
	_exit(9);
}

static int wait_for_term(void)
{
	signal(SIGTERM, exit_with_nine);
	puts("waiting");
	for (;;)
		pause();
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (strcmp(what, "stop") == 0)
		return stop();
	if (strcmp(what, "term") == 0)
		return wait_for_term();
	if (strcmp(what, "family") == 0)
		return deadlock_in_family(argv[0]);
	if (strcmp(what, "elder") == 0)
		return elder();
	if (strcmp(what, "again") == 0)
		return deadlock_again();
	if (strcmp(what, "ignore") == 0)
		signal(SIGABRT, SIG_IGN);
	return deadlock();
}

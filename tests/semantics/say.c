/* SPDX-License-Identifier: MIT */
/* Calls every function that the shim wraps, in the ways in which it succeeds and fails. */
#include "say.h"

#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

const struct timespec long_ago = {1, 0}, never = {4000000000, 0}, nonsense = {4000000000, 1000000000};

static const char *name_of(int error)
{
	const char *name = error ? strerrorname_np(error) : "-";

	return name ? name : "?";
}

void say(const char *function, const char *form, long result, int error)
{
	const char *name = result > 0 ? strerrorname_np((int)result) : NULL;

	printf("%s: %s: %ld%s%s, errno %s\n", function, form, result, name ? " " : "", name ? name : "", name_of(error));
}

/* ---- in another thread, in another process ----------------------------------------------------------------------- */

struct story {
	void (*tell)(void *);
	void *argument;
};

static void *tell(void *story)
{
	((struct story *)story)->tell(((struct story *)story)->argument);
	return NULL;
}

static void must(int rc)
{
	if (rc)
		abort();
}

void elsewhere(void (*story)(void *), void *argument)
{
	struct story told = {story, argument};
	pthread_t thread;

	must(pthread_create(&thread, NULL, tell, &told));
	must(pthread_join(thread, NULL));
}

void in_child(void (*story)(void *), void *argument)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		story(argument);
		fflush(stdout);
		_exit(0);
	}
	must(waitpid(pid, &status, 0) != pid);
	if (status)
		printf("a child ended with status %d\n", status);
}

/* ---- cancellation ------------------------------------------------------------------------------------------------ */

static _Atomic pid_t asleep;
static atomic_bool has_returned;

static void is_cancelled(void *argument)
{
	const struct attempt *attempt = argument;

	if (!has_returned)
		printf("%s: cancelled in the call%s\n", attempt->function,
		       !attempt->mutex ? "" : pthread_mutex_trylock(attempt->mutex) ? ", mutex held" : ", mutex free");
	if (attempt->mutex)
		pthread_mutex_unlock(attempt->mutex);
}

static void *call_cancelled(void *argument)
{
	const struct attempt *attempt = argument;
	long result;
	int error;

	has_returned = false;
	if (attempt->mutex)
		pthread_mutex_lock(attempt->mutex);
	pthread_cleanup_push(is_cancelled, argument);
	if (asleep < 0)
		pthread_cancel(pthread_self());
	asleep = gettid();
	errno = 0;
	result = attempt->call(attempt->argument);
	error = errno;
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL); /* printf() is a point of cancellation */
	say(attempt->function, "while cancelled", result, error);
	has_returned = true;
	if (attempt->undo)
		attempt->undo(attempt->argument);
	pthread_cleanup_pop(1);
	return NULL;
}

static void start(struct attempt *attempt, bool is_cancelled_first)
{
	asleep = is_cancelled_first ? -1 : 0;
	must(pthread_create(&attempt->thread, NULL, call_cancelled, attempt));
	while (asleep <= 0)
		sched_yield();
}

void cancel_before(struct attempt attempt)
{
	start(&attempt, true);
	must(pthread_join(attempt.thread, NULL));
}

/* The third field of /proc/self/task/TID/stat, which follows the last ')'. */
static char state_of(pid_t tid)
{
	char path[64], text[256] = "", *at;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	file = fopen(path, "r");
	if (!file)
		return 'X';
	at = fgets(text, sizeof(text), file) ? strrchr(text, ')') : NULL;
	fclose(file);
	return at ? at[2] : 'X';
}

void until_asleep(pid_t tid)
{
	while (strchr("RD", state_of(tid)))
		sched_yield();
}

void cancel_within(struct attempt attempt, void (*wake)(void *))
{
	start(&attempt, false);
	until_asleep(asleep);
	must(pthread_cancel(attempt.thread));
	if (wake)
		wake(attempt.argument);
	must(pthread_join(attempt.thread, NULL));
}

/* ---- signals ----------------------------------------------------------------------------------------------------- */

static void ignore(int number)
{
}

static void *call_interrupted(void *argument)
{
	const struct attempt *attempt = argument;

	CALL_AS(attempt->function, "interrupted by a signal", attempt->call(attempt->argument));
	has_returned = true;
	return NULL;
}

void interrupt(struct attempt attempt)
{
	struct sigaction action = {.sa_handler = ignore};

	has_returned = false;
	must(sigaction(SIGUSR1, &action, NULL));
	must(pthread_create(&attempt.thread, NULL, call_interrupted, &attempt));
	while (!has_returned) {
		pthread_kill(attempt.thread, SIGUSR1);
		sched_yield();
	}
	must(pthread_join(attempt.thread, NULL));
}

int main(void)
{
	tell_files();
	tell_memory();
	tell_mutexes();
	tell_rwlocks();
	tell_spins();
	tell_conditions();
	tell_old_conditions();
	tell_semaphores();
	tell_barriers();
	tell_onces();
	tell_c11();
	tell_streams();
	tell_guards();
	tell_threads();
	tell_processes();
	return 0;
}

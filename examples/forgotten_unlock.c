/* SPDX-License-Identifier: MIT */
/* A way out of a function that forgets the lock.
 *
 * Most requests are answered.  The one that makes no sense leaves handle() by a `return` that was added later, and the
 * thread that served it ends with the lock in its hand.  Nothing shows today, as it was the last request; had another
 * one come, it would wait for ever for a thread that is gone.
 *
 *     snag run -- build/examples/forgotten_unlock
 *
 * warns of the lock, the thread and the line where it was taken.  Nobody was stuck, so it is a warning, and the exit
 * status is the program's own.
 *
 * What to change: one way out, at the end of the function, that unlocks.
 *
 * expect: exit-held observed warning
 *   thread: nonsense
 *     holds: log_lock at takes the log < serves
 * exit: 1
 * prints: 2 of 3 requests answered
 */
#include <pthread.h>
#include <stdio.h>
#include <string.h>

static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;
static int n_answered;

static void handle(const char *request)
{
	pthread_mutex_lock(&log_lock); /* takes the log */
	if (strncmp(request, "GET ", 4) != 0)
		return;
	n_answered++;
	pthread_mutex_unlock(&log_lock);
}

static void *serve(void *request)
{
	pthread_setname_np(pthread_self(), request);
	handle(request); /* serves */
	return NULL;
}

int main(void)
{
	static char requests[][16] = {"GET apples", "GET pears", "nonsense"};
	int n = sizeof(requests) / sizeof(requests[0]);

	for (int i = 0; i < n; i++) {
		pthread_t thread;

		pthread_create(&thread, NULL, serve, requests[i]);
		pthread_join(thread, NULL);
	}
	printf("%d of %d requests answered\n", n_answered, n);
	return n_answered != n;
}

/* SPDX-License-Identifier: MIT */
/* Many of one thing: locks, locks that were initialised, threads alive, threads at a barrier, locks held at once, frames on the stack.
 *
 *     bounds locks|inits|threads|barrier|held|deep N
 */
#include <limits.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures;

static void count(int rc)
{
	failures += rc != 0;
}

/* All of them alone, then all below one: the second makes as many dependencies of one pair of places. */
static void take_locks(int n, bool are_initialised)
{
	pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER, *locks = calloc((size_t)n, sizeof(*locks));

	for (int i = 0; locks && are_initialised && i < n; i++)
		count(pthread_mutex_init(&locks[i], NULL));
	for (int i = 0; locks && i < n; i++) {
		count(pthread_mutex_lock(&locks[i]));
		count(pthread_mutex_unlock(&locks[i]));
	}
	count(pthread_mutex_lock(&outer));
	for (int i = 0; locks && i < n; i++) {
		count(pthread_mutex_lock(&locks[i]));
		count(pthread_mutex_unlock(&locks[i]));
	}
	count(pthread_mutex_unlock(&outer));
	free(locks);
}

static void hold_locks(int n)
{
	pthread_mutex_t *locks = calloc((size_t)n, sizeof(*locks));

	for (int i = 0; locks && i < n; i++)
		count(pthread_mutex_lock(&locks[i]));
	for (int i = n; locks && i-- > 0;)
		count(pthread_mutex_unlock(&locks[i]));
	free(locks);
}

static __attribute__((noinline)) void go_deep(int n)
{
	pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

	count(pthread_mutex_lock(&lock));
	if (n > 1)
		go_deep(n - 1);
	count(pthread_mutex_unlock(&lock));
}

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static sem_t arrived;

static void *arrive(void *unused)
{
	sem_post(&arrived);
	pthread_mutex_lock(&gate);
	pthread_mutex_unlock(&gate);
	return NULL;
}

static pthread_barrier_t barrier;

static void *meet(void *unused)
{
	pthread_barrier_wait(&barrier);
	return arrive(NULL);
}

/* All of them are alive when the gate opens. */
static void have_threads(int n, void *(*start)(void *))
{
	pthread_t *threads = calloc((size_t)n, sizeof(*threads));
	pthread_attr_t attributes;
	int n_created = 0;

	sem_init(&arrived, 0, 0);
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, (size_t)PTHREAD_STACK_MIN);
	pthread_mutex_lock(&gate);
	while (n_created < n && !pthread_create(&threads[n_created], &attributes, start, NULL))
		n_created++;
	for (int i = 0; i < n_created; i++)
		sem_wait(&arrived);
	fprintf(stderr, "%d threads were alive\n", n_created);
	pthread_mutex_unlock(&gate);
	for (int i = 0; i < n_created; i++)
		count(pthread_join(threads[i], NULL));
	free(threads);
}

/* The line of the most memory it ever had.  (What wait4() says of a child begins with its parent's.) */
static void say_memory(void)
{
	FILE *file = fopen("/proc/self/status", "r");
	char line[128];

	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, "VmHWM:", 6))
			fputs(line, stderr);
	if (file)
		fclose(file);
}

int main(int argc, char **argv)
{
	int n = argc > 2 ? atoi(argv[2]) : 0;

	if (n <= 0)
		return 64;
	if (!strcmp(argv[1], "locks"))
		take_locks(n, false);
	else if (!strcmp(argv[1], "inits"))
		take_locks(n, true);
	else if (!strcmp(argv[1], "held"))
		hold_locks(n);
	else if (!strcmp(argv[1], "deep"))
		go_deep(n);
	else if (!strcmp(argv[1], "threads"))
		have_threads(n, arrive);
	else if (!pthread_barrier_init(&barrier, NULL, (unsigned)n))
		have_threads(n, meet);
	say_memory();
	printf("%d failures\n", failures);
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* Takes many locks, and two of them in opposite orders, but one after the other.  Tells how often it slept over the others. */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/resource.h>

enum { TIMES = 3000 };

static pthread_mutex_t accounts = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t journal = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t other = PTHREAD_MUTEX_INITIALIZER;
static atomic_bool is_done;

static long n_sleeps(void)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	return usage.ru_nvcsw;
}

static void *transfer(void *unused)
{
	long before = n_sleeps();

	for (int i = 0; i < TIMES; i++) {
		pthread_mutex_lock(&other);
		pthread_mutex_unlock(&other);
	}
	printf("%ld\n", n_sleeps() - before);
	pthread_mutex_lock(&accounts);
	pthread_mutex_lock(&journal);
	pthread_mutex_unlock(&journal);
	pthread_mutex_unlock(&accounts);
	is_done = true;
	return unused;
}

static void *audit(void *unused)
{
	while (!is_done)
		sched_yield();
	pthread_mutex_lock(&journal);
	pthread_mutex_lock(&accounts);
	pthread_mutex_unlock(&accounts);
	pthread_mutex_unlock(&journal);
	return unused;
}

int main(void)
{
	pthread_t teller, auditor;

	pthread_create(&teller, NULL, transfer, NULL);
	pthread_create(&auditor, NULL, audit, NULL);
	pthread_join(teller, NULL);
	pthread_join(auditor, NULL);
	return 0;
}

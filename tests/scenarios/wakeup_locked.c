/* SPDX-License-Identifier: MIT */
/* What a consumer waits for is changed with the mutex of the wait held.
 *
 * Twin of wakeup_unlocked.c: locked around the change.
 *
 * expect: clean
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <unistd.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t filled = PTHREAD_COND_INITIALIZER;
static atomic_bool is_filled;
static atomic_int waiter;

/* The kernel says on which word it sleeps. */
static bool is_asleep(int tid)
{
	char path[64];
	unsigned long word = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%d/syscall", tid);
	file = fopen(path, "r");
	if (!file)
		return false;
	if (fscanf(file, "%*d 0x%lx", &word) != 1)
		word = 0;
	fclose(file);
	return word - (unsigned long)&filled < sizeof(filled);
}

static void *consumer(void *arg)
{
	pthread_mutex_lock(&m);
	waiter = gettid();
	while (!is_filled)
		pthread_cond_wait(&filled, &m); /* consumer waits */
	pthread_mutex_unlock(&m);
	return NULL;
}

static void *producer(void *arg)
{
	while (!waiter || !is_asleep(waiter))
		sched_yield();
	pthread_mutex_lock(&m);
	is_filled = true;
	pthread_mutex_unlock(&m);
	pthread_cond_signal(&filled); /* producer signals */
	return NULL;
}

int main(void)
{
	pthread_t one, two;

	pthread_create(&one, NULL, consumer, NULL);
	pthread_create(&two, NULL, producer, NULL);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	return 0;
}

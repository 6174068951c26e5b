/* SPDX-License-Identifier: MIT */
/* Waits for locks whose cost is known: each waiter says how long its call took at most, and its owner how long at least.
 *
 *   waits         prints "ROUND LEAST_NS MOST_NS HELD_NS ALL_NS" for each wait
 *
 * HELD_NS is how long the waiter had it then, at least, and ALL_NS its wait and that together, at most.
 * A mutex is waited for from one place and held from two, and a read-write lock is waited for by a writer while it is
 * read.  The owner lets go when the kernel says that the waiter sleeps, and a while later.
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 4, HOLD_NS = 3000000 };

static pthread_mutex_t till = PTHREAD_MUTEX_INITIALIZER, unused = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t ledger = PTHREAD_RWLOCK_INITIALIZER;
static sem_t may_ask, has_it;
static atomic_int waiter_tid;
static uint64_t took_ns, held_ns, all_ns;

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void ask(int round)
{
	if (round < ROUNDS - 1)
		pthread_mutex_lock(&till); /* waiter asks for the till */
	else
		pthread_rwlock_wrlock(&ledger); /* waiter asks for the ledger */
}

static void give_back(int round)
{
	if (round < ROUNDS - 1)
		pthread_mutex_unlock(&till);
	else
		pthread_rwlock_unlock(&ledger);
}

static void pass_time(void)
{
	uint64_t begin = now_ns();

	while (now_ns() - begin < HOLD_NS)
		;
}

static void *waiter(void *argument)
{
	for (int i = 0; i < ROUNDS; i++) {
		uint64_t begin, got;

		sem_wait(&may_ask);
		begin = now_ns();
		waiter_tid = gettid();
		ask(i);
		got = now_ns();
		took_ns = got - begin;
		pass_time();
		held_ns = now_ns() - got;
		give_back(i);
		all_ns = now_ns() - begin;
		sem_post(&has_it);
	}
	return argument;
}

static char state_of(int tid)
{
	char path[64], state = '?';
	FILE *stat;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	stat = fopen(path, "r");
	if (!stat || fscanf(stat, "%*d (%*[^)]) %c", &state) != 1)
		exit(2);
	fclose(stat);
	return state;
}

static void let_wait(int round)
{
	uint64_t begin;

	waiter_tid = 0;
	sem_post(&may_ask);
	while (!waiter_tid || state_of(waiter_tid) != 'S')
		;
	begin = now_ns();
	pass_time();
	printf("%d %llu ", round, (unsigned long long)(now_ns() - begin));
}

static void keep(int round)
{
	if (round == 0)
		pthread_mutex_lock(&till); /* the till is taken once */
	else if (round < ROUNDS - 1)
		pthread_mutex_lock(&till); /* the till is taken twice */
	else
		pthread_rwlock_rdlock(&ledger); /* the ledger is read */
	let_wait(round);
	give_back(round);
	sem_wait(&has_it);
	printf("%llu %llu %llu\n", (unsigned long long)took_ns, (unsigned long long)held_ns, (unsigned long long)all_ns);
}

int main(void)
{
	pthread_t thread;

	sem_init(&may_ask, 0, 0);
	sem_init(&has_it, 0, 0);
	pthread_create(&thread, NULL, waiter, NULL);
	for (int i = 0; i < 1000; i++) {
		pthread_mutex_lock(&unused);
		pthread_mutex_unlock(&unused);
	}
	for (int i = 0; i < ROUNDS; i++)
		keep(i);
	pthread_join(thread, NULL);
	return 0;
}

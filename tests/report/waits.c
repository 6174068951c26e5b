/* SPDX-License-Identifier: MIT */
/* Waits for locks whose cost is known: each waiter says how long its call took at most, and its owner how long at least.
 *
 *   waits         prints "ROUND LEAST_NS MOST_NS HELD_NS ALL_NS" for each wait
 *
 * HELD_NS is how long the waiter had it then, at least, and ALL_NS its wait and that together, at most.
 * A mutex is waited for from one place and held from two, a read-write lock is waited for by a writer while it is read,
 * and a semaphore is a lock.  The owner lets go when the kernel says that the waiter sleeps, and a while later.  At last the waiter
 * waits for a semaphore that begins as a lock would, but is a signal, and is itself waited for by one that tells of its end.
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { MUTEX_ROUNDS = 3, RWLOCK_ROUND = 3, SEMAPHORE_ROUND = 4, ROUNDS, HOLD_NS = 3000000 };

static pthread_mutex_t till = PTHREAD_MUTEX_INITIALIZER, unused = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t ledger = PTHREAD_RWLOCK_INITIALIZER;
static sem_t may_ask, has_it, drawer, bell, gone;
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
	if (round < MUTEX_ROUNDS)
		pthread_mutex_lock(&till); /* waiter asks for the till */
	else if (round == RWLOCK_ROUND)
		pthread_rwlock_wrlock(&ledger); /* waiter asks for the ledger */
	else
		sem_wait(&drawer); /* waiter asks for the drawer */
}

static void give_back(int round)
{
	if (round < MUTEX_ROUNDS)
		pthread_mutex_unlock(&till);
	else if (round == RWLOCK_ROUND)
		pthread_rwlock_unlock(&ledger);
	else
		sem_post(&drawer);
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

static void await_sleep(int tid)
{
	while (state_of(tid) != 'S')
		;
}

static void pass_time(void)
{
	uint64_t begin = now_ns();

	while (now_ns() - begin < HOLD_NS)
		;
}

static void *waiter(void *argument)
{
	sem_init(&gone, 0, 1);
	sem_wait(&gone);
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
		waiter_tid = 0;
		sem_post(&has_it);
	}
	sem_wait(&bell);
	waiter_tid = gettid();
	sem_wait(&bell);
	await_sleep(getpid());
	sem_post(&gone);
	return argument;
}

static void await_waiter(void)
{
	while (!waiter_tid)
		;
	await_sleep(waiter_tid);
}

static void let_wait(int round)
{
	uint64_t begin;

	sem_post(&may_ask);
	await_waiter();
	begin = now_ns();
	pass_time();
	printf("%d %llu ", round, (unsigned long long)(now_ns() - begin));
}

static void keep(int round)
{
	if (round == 0)
		pthread_mutex_lock(&till); /* the till is taken once */
	else if (round < MUTEX_ROUNDS)
		pthread_mutex_lock(&till); /* the till is taken twice */
	else if (round == RWLOCK_ROUND)
		pthread_rwlock_rdlock(&ledger); /* the ledger is read */
	else
		sem_wait(&drawer); /* the drawer is taken */
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
	sem_init(&drawer, 0, 1);
	sem_init(&bell, 0, 1);
	pthread_create(&thread, NULL, waiter, NULL);
	for (int i = 0; i < 1000; i++) {
		pthread_mutex_lock(&unused);
		pthread_mutex_unlock(&unused);
	}
	for (int i = 0; i < ROUNDS; i++)
		keep(i);
	await_waiter();
	sem_post(&bell);
	sem_wait(&gone);
	pthread_join(thread, NULL);
	return 0;
}

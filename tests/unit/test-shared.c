/* SPDX-License-Identifier: MIT */
/* What the threads of the shim share without pthread's locks - the table, the futex lock, the filter of memory with objects -
 * under ThreadSanitizer. */
#undef NDEBUG
#include "libtrace/arena.h"
#include "libtrace/lifetime.h"
#include "libtrace/lock.h"
#include "libtrace/table.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	N_THREADS = 4,
	N_KEYS = 20011,			/* a prime number; more than the first level of the table has room for */
	N_ROUNDS = 20000,
};

struct real real = {.syscall = syscall};
__thread struct thread_hot thread_hot; /* no thread has a slot */

void arena_count_lost(enum lost_reason reason, int64_t more)
{
	assert(false);
}

static struct table table;
static pthread_barrier_t all_there;
static uint64_t n_new, n_in_lock;
static struct lock lock;

/* Threads go through the keys in different orders; the value of each counts them. */
static void *insert(void *number)
{
	pthread_barrier_wait(&all_there);
	for (uint64_t i = 0; i < N_KEYS; i++) {
		uint64_t key = 1 + (i * (2 * (uintptr_t)number + 1)) % N_KEYS;
		bool is_new;
		uint64_t *value = table_insert(&table, key, &is_new);

		assert(value && value == table_find(&table, key));
		__atomic_fetch_add(value, 1, __ATOMIC_RELAXED);
		__atomic_fetch_add(&n_new, is_new, __ATOMIC_RELAXED);
	}
	return NULL;
}

static void *count(void *number)
{
	pthread_barrier_wait(&all_there);
	for (int i = 0; i < N_ROUNDS; i++) {
		if (i % 2 || !lock_try(&lock))
			lock_acquire(&lock);
		n_in_lock++;
		lock_release(&lock);
	}
	return NULL;
}

/* Two threads' objects come and go side by side in one line, and two others give back memory there that has none in it: as
 * long as there is an object, that is seen. */
static void *come_and_go(void *number)
{
	const uintptr_t line = 0x10000040, mine = line + 4 * (uintptr_t)number;

	pthread_barrier_wait(&all_there);
	for (int i = 0; i < 10 * N_ROUNDS; i++) {
		if ((uintptr_t)number % 2) {
			lifetime_had_none(line, 64);
			continue;
		}
		lifetime_watch(mine, true);
		for (int k = 0; k < 4; k++)
			assert(lifetime_touches(mine, 4));
		lifetime_unwatch(mine);
		for (int k = 0; k < i % 16; k++)
			lifetime_had_none(line, 64);
	}
	return NULL;
}

static void at_once(void *(*work)(void *))
{
	pthread_t threads[N_THREADS];

	for (uintptr_t i = 0; i < N_THREADS; i++)
		assert(pthread_create(&threads[i], NULL, work, (void *)i) == 0);
	for (int i = 0; i < N_THREADS; i++)
		assert(pthread_join(threads[i], NULL) == 0);
}

static void check_table(void)
{
	uint64_t position = 0, n = 0;

	at_once(insert);
	assert(n_new == N_KEYS);
	for (uint64_t key; (key = table_next(&table, &position)); n++)
		assert(key <= N_KEYS && *table_find(&table, key) == N_THREADS);
	assert(n == N_KEYS);
	assert(!table_find(&table, N_KEYS + 1));
	table_clear(&table);
}

static void check_lock(void)
{
	at_once(count);
	assert(n_in_lock == (uint64_t)N_THREADS * N_ROUNDS);
	assert(lock.word == 0);
}

static void check_filter(void)
{
	at_once(come_and_go);
	assert(!lifetime_touches(0x10000000, 4096));
	lifetime_reset();
}

int main(void)
{
	assert(pthread_barrier_init(&all_there, NULL, N_THREADS) == 0);
	check_table();
	check_lock();
	check_filter();
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* What an operation takes, in whatever this program was built with or runs under: a sanitizer, Valgrind, a preload, nothing.
 *
 *   ops OPERATION [THREADS]
 *
 * Prints nanoseconds per operation: of several turns the least, for the slowest thread.  A turn is as long as tools that are
 * five hundred times slower allow.
 */
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TURNS = 20, PER_TURN = 3000, LOCKS = 16, MANY = 100000, MOST_THREADS = 16 };

/* The locks of a thread, or of all. */
struct locks {
	pthread_mutex_t mutexes[LOCKS + 2];
	pthread_rwlock_t rwlocks[LOCKS];
	sem_t sem;
};

static struct locks shared, own[MOST_THREADS];
static unsigned n_threads = 1;
static atomic_uint n_arrived;

/* ---- operations: each does n of them ----------------------------------------------------------------------------- */

static void mutex(struct locks *locks, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		pthread_mutex_lock(&locks->mutexes[i % LOCKS]);
		pthread_mutex_unlock(&locks->mutexes[i % LOCKS]);
	}
}

/* One of many, each time far from the last, so that no cache has it. */
static void any_of(unsigned n_locks, unsigned n)
{
	static pthread_mutex_t mutexes[MANY];
	static unsigned at;

	for (unsigned i = 0; i < n; i++) {
		at = (at + MANY / 5 * 2 - 1) % n_locks;
		pthread_mutex_lock(&mutexes[at]);
		pthread_mutex_unlock(&mutexes[at]);
	}
}

static void of_4096(struct locks *locks, unsigned n)
{
	(void)locks;
	any_of(4096, n);
}

static void of_100000(struct locks *locks, unsigned n)
{
	(void)locks;
	any_of(MANY, n);
}

static void nested_2(struct locks *locks, unsigned n)
{
	for (unsigned i = 0; i < n; i += 2) {
		pthread_mutex_lock(&locks->mutexes[i % LOCKS]);
		pthread_mutex_lock(&locks->mutexes[i % LOCKS + 1]);
		pthread_mutex_unlock(&locks->mutexes[i % LOCKS + 1]);
		pthread_mutex_unlock(&locks->mutexes[i % LOCKS]);
	}
}

static void nested_3(struct locks *locks, unsigned n)
{
	for (unsigned i = 0; i < n; i += 3) {
		pthread_mutex_lock(&locks->mutexes[i % LOCKS]);
		pthread_mutex_lock(&locks->mutexes[i % LOCKS + 1]);
		pthread_mutex_lock(&locks->mutexes[i % LOCKS + 2]);
		pthread_mutex_unlock(&locks->mutexes[i % LOCKS + 2]);
		pthread_mutex_unlock(&locks->mutexes[i % LOCKS + 1]);
		pthread_mutex_unlock(&locks->mutexes[i % LOCKS]);
	}
}

static void contended(struct locks *locks, unsigned n)
{
	(void)locks;
	for (unsigned i = 0; i < n; i++) {
		pthread_mutex_lock(&shared.mutexes[0]);
		pthread_mutex_unlock(&shared.mutexes[0]);
	}
}

static void rwlock_read(struct locks *locks, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		pthread_rwlock_rdlock(&locks->rwlocks[i % LOCKS]);
		pthread_rwlock_unlock(&locks->rwlocks[i % LOCKS]);
	}
}

static void rwlock_shared(struct locks *locks, unsigned n)
{
	(void)locks;
	for (unsigned i = 0; i < n; i++) {
		pthread_rwlock_rdlock(&shared.rwlocks[0]);
		pthread_rwlock_unlock(&shared.rwlocks[0]);
	}
}

static void semaphore(struct locks *locks, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		sem_wait(&locks->sem);
		sem_post(&locks->sem);
	}
}

static void signal_nobody(struct locks *locks, unsigned n)
{
	static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;

	(void)locks;
	for (unsigned i = 0; i < n; i++)
		pthread_cond_signal(&cond);
}

static void free_block(struct locks *locks, unsigned n)
{
	void *volatile block;

	(void)locks;
	for (unsigned i = 0; i < n; i++) {
		block = malloc(64);
		free(block);
	}
}

static void *nothing(void *argument)
{
	return argument;
}

static void create_join(struct locks *locks, unsigned n)
{
	pthread_t thread;

	(void)locks;
	for (unsigned i = 0; i < n; i++) {
		pthread_create(&thread, NULL, nothing, NULL);
		pthread_join(thread, NULL);
	}
}

/* Two threads wake each other in turns, on one processor: on two, it is the processor's going to sleep that is measured, in
 * one of two ways that change from run to run. */
static pthread_mutex_t turn_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turned = PTHREAD_COND_INITIALIZER;
static int whose_turn;

static void play(int me, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		pthread_mutex_lock(&turn_lock);
		while (whose_turn != me)
			pthread_cond_wait(&turned, &turn_lock);
		whose_turn = !me;
		pthread_cond_signal(&turned);
		pthread_mutex_unlock(&turn_lock);
	}
}

static void *other_player(void *n)
{
	play(1, *(unsigned *)n);
	return NULL;
}

static void wake(struct locks *locks, unsigned n)
{
	cpu_set_t one;
	pthread_t other;

	(void)locks;
	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	sched_setaffinity(0, sizeof(one), &one);
	pthread_create(&other, NULL, other_player, &n);
	play(0, n);
	pthread_join(other, NULL);
}

static const struct operation {
	const char *name;
	void (*run)(struct locks *, unsigned n);
	unsigned per_turn;
} operations[] = {
	{"mutex", mutex, PER_TURN},
	{"4096-locks", of_4096, PER_TURN},
	{"100000-locks", of_100000, PER_TURN},
	{"nested-2", nested_2, PER_TURN},
	{"nested-3", nested_3, PER_TURN},
	{"contended", contended, PER_TURN},
	{"rwlock-read", rwlock_read, PER_TURN},
	{"rwlock-shared", rwlock_shared, PER_TURN},
	{"semaphore", semaphore, PER_TURN},
	{"cond-signal", signal_nobody, PER_TURN},
	{"free", free_block, PER_TURN},
	{"create-join", create_join, 30},
	{"wake", wake, 300},
};

/* ---- measuring --------------------------------------------------------------------------------------------------- */

static const struct operation *measured;
static double least[MOST_THREADS];

static double now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static void init_locks(struct locks *locks)
{
	for (int i = 0; i < LOCKS + 2; i++)
		pthread_mutex_init(&locks->mutexes[i], NULL);
	for (int i = 0; i < LOCKS; i++)
		pthread_rwlock_init(&locks->rwlocks[i], NULL);
	sem_init(&locks->sem, 0, 1);
}

/* All threads begin a turn together, without anything that a tool would take for a segment's end. */
static void begin_turn(unsigned turn)
{
	atomic_fetch_add(&n_arrived, 1);
	while (atomic_load(&n_arrived) < (turn + 1) * n_threads)
		sched_yield();
}

static void *work(void *number)
{
	unsigned me = (unsigned)(size_t)number;

	least[me] = 1e18;
	for (unsigned i = 0; i < TURNS; i++) {
		double begin, took;

		begin_turn(i);
		begin = now_ns();
		measured->run(&own[me], measured->per_turn);
		took = (now_ns() - begin) / measured->per_turn;
		if (took < least[me])
			least[me] = took;
	}
	return NULL;
}

static double slowest(void)
{
	pthread_t threads[MOST_THREADS];
	double most = 0;

	for (unsigned i = 0; i < n_threads; i++)
		pthread_create(&threads[i], NULL, work, (void *)(size_t)i);
	for (unsigned i = 0; i < n_threads; i++)
		pthread_join(threads[i], NULL);
	for (unsigned i = 0; i < n_threads; i++)
		most = least[i] > most ? least[i] : most;
	return most;
}

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < sizeof(operations) / sizeof(operations[0]); i++)
		if (!strcmp(argv[1], operations[i].name))
			measured = &operations[i];
	n_threads = argc > 2 ? (unsigned)atoi(argv[2]) : 1;
	if (!measured || n_threads - 1 >= MOST_THREADS) {
		fprintf(stderr, "usage: ops OPERATION [THREADS]\n");
		return 2;
	}
	init_locks(&shared);
	for (unsigned i = 0; i < n_threads; i++)
		init_locks(&own[i]);
	printf("%.1f\n", slowest());
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* What an uncontended lock+unlock pair costs under a preloaded shim, against glibc's own functions in the same process.
 *
 * Under LD_PRELOAD the names in this program lead to the shim, and libc's own functions are found in libc by handle.  The
 * two are timed in turns of about a hundred microseconds, so that a machine that changes its speed changes it for both,
 * and the minimum over all turns is kept.  Each has locks of its own, and walks them in the same order: neither finds a
 * cache that the other has warmed.  Prints one line: bare and wrapped nanoseconds per pair, and their ratio; then the
 * same two of the first tenth of the turns, and of the last.
 *
 *   pairs THREADS NESTING LOCKS [random [TURNS]]
 *
 * A step of the walk takes NESTING locks and releases them.  They lie side by side, and steps go through memory; or they
 * are any of the thread's locks, each the first of one step, in no order: nested ones by address, as careful programs do.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { PAIRS_PER_TURN = 12000, MAX_THREADS = 16, MAX_NESTING = 3 };

enum side { BARE, WRAPPED, SIDES };

enum span { ALL, FIRST, LAST, SPANS };

struct functions {
	int (*lock)(pthread_mutex_t *);
	int (*unlock)(pthread_mutex_t *);
};

/* A thread's way through its locks: `at` steps have been made of this round. */
struct walk {
	pthread_mutex_t *locks;
	uint32_t at;
};

static struct functions functions[SIDES];
static uint32_t n_threads, nesting, n_locks, n_turns = 400;
static uint32_t *steps;			/* numbers of locks, `nesting` for each step */
static atomic_uint n_arrived;
static double best[MAX_THREADS][SPANS][SIDES];

static double now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* Inlined for each depth of nesting, so that nothing but calls is in the loop. */
static inline __attribute__((always_inline)) void go(const struct functions *f, struct walk *walk, uint32_t n,
						     const uint32_t depth)
{
	const uint32_t *step = steps + (size_t)walk->at * depth, *end = steps + (size_t)n_locks * depth;
	pthread_mutex_t *locks = walk->locks;

	for (uint32_t i = 0; i < n; i++) {
		f->lock(&locks[step[0]]);
		if (depth > 1)
			f->lock(&locks[step[1]]);
		if (depth > 2)
			f->lock(&locks[step[2]]);
		if (depth > 2)
			f->unlock(&locks[step[2]]);
		if (depth > 1)
			f->unlock(&locks[step[1]]);
		f->unlock(&locks[step[0]]);
		step += depth;
		if (step == end)
			step = steps;
	}
	walk->at = (uint32_t)((size_t)(step - steps) / depth);
}

/* One turn.  Returns nanoseconds per pair. */
static __attribute__((noinline)) double take_turn(const struct functions *f, struct walk *walk)
{
	uint32_t n = PAIRS_PER_TURN / nesting;
	double start = now_ns();

	if (nesting == 1)
		go(f, walk, n, 1);
	else if (nesting == 2)
		go(f, walk, n, 2);
	else
		go(f, walk, n, 3);
	return (now_ns() - start) / (n * nesting);
}

static pthread_mutex_t *new_locks(void)
{
	size_t size = (n_locks + MAX_NESTING) * sizeof(pthread_mutex_t);
	pthread_mutex_t *locks = aligned_alloc(4096, (size + 4095) / 4096 * 4096);

	if (!locks)
		exit(2);
	for (uint32_t i = 0; i < n_locks + MAX_NESTING; i++)
		locks[i] = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
	return locks;
}

/* All threads begin a turn together.  No pthread_barrier: to the shim that would be the beginning of another segment of
 * each thread, in which it meets every dependency anew. */
static void begin_turn(unsigned number)
{
	atomic_fetch_add(&n_arrived, 1);
	while (atomic_load(&n_arrived) < (number + 1) * n_threads)
		sched_yield();
}

static void note_least(double *least, double took)
{
	if (!*least || took < *least)
		*least = took;
}

static void *work(void *argument)
{
	double (*mine)[SIDES] = argument;
	struct walk walks[SIDES] = {{new_locks(), 0}, {new_locks(), 0}};

	for (unsigned i = 0; i < SIDES * n_turns; i++) {
		enum side side = i % SIDES;
		double took;

		begin_turn(i);
		took = take_turn(&functions[side], &walks[side]);
		note_least(&mine[ALL][side], took);
		if (i < SIDES * n_turns / 10)
			note_least(&mine[FIRST][side], took);
		if (i >= SIDES * n_turns / 10 * 9)
			note_least(&mine[LAST][side], took);
	}
	for (int side = 0; side < SIDES; side++)
		free(walks[side].locks);
	return NULL;
}

static void *in_libc(const char *name)
{
	void *libc = dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD);
	void *function = libc ? dlsym(libc, name) : NULL;

	if (!function) {
		fprintf(stderr, "pairs: %s: not found in libc.so.6\n", name);
		exit(2);
	}
	return function;
}

static void shuffle(uint32_t *order)
{
	for (uint32_t i = n_locks; i-- > 1;) {
		uint32_t k = (uint32_t)rand() % (i + 1), swap = order[i];

		order[i] = order[k];
		order[k] = swap;
	}
}

static int by_number(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* Column by column: a permutation each, and then no lock twice in a step. */
static void make_steps(bool is_random)
{
	uint32_t *order = calloc(n_locks, sizeof(*order));

	steps = calloc((size_t)n_locks * nesting, sizeof(*steps));
	if (!order || !steps)
		exit(2);
	for (uint32_t i = 0; i < n_locks; i++)
		order[i] = i;
	for (uint32_t k = 0; k < nesting; k++) {
		if (is_random)
			shuffle(order);
		for (uint32_t i = 0; i < n_locks; i++)
			steps[i * nesting + k] = is_random ? order[i] : i + k;
	}
	for (uint32_t i = 0; i < n_locks; i++) {
		uint32_t *step = &steps[i * nesting];

		qsort(step, nesting, sizeof(*step), by_number);
		for (uint32_t k = 1; k < nesting; k++)
			if (step[k] <= step[k - 1])
				step[k] = step[k - 1] + 1;
	}
	free(order);
}

static bool read_arguments(int argc, char **argv)
{
	if (argc < 4 || argc > 6 || (argc >= 5 && strcmp(argv[4], "random")))
		return false;
	n_threads = (uint32_t)atoi(argv[1]);
	nesting = (uint32_t)atoi(argv[2]);
	n_locks = (uint32_t)atoi(argv[3]);
	if (argc == 6)
		n_turns = (uint32_t)atoi(argv[5]);
	return n_threads - 1 < MAX_THREADS && nesting - 1 < MAX_NESTING && n_locks - 1 < 1 << 24 && n_turns - 10 < 1 << 24;
}

static double of_slowest(enum span span, enum side side)
{
	double slowest = 0;

	for (uint32_t i = 0; i < n_threads; i++)
		if (best[i][span][side] > slowest)
			slowest = best[i][span][side];
	return slowest;
}

int main(int argc, char **argv)
{
	pthread_t threads[MAX_THREADS];
	double of[SPANS][SIDES];

	if (!read_arguments(argc, argv)) {
		fprintf(stderr, "usage: pairs THREADS NESTING LOCKS [random [TURNS]]\n");
		return 2;
	}
	functions[BARE] = (struct functions){in_libc("pthread_mutex_lock"), in_libc("pthread_mutex_unlock")};
	functions[WRAPPED] = (struct functions){pthread_mutex_lock, pthread_mutex_unlock};
	make_steps(argc >= 5);
	for (uint32_t i = 0; i < n_threads; i++)
		pthread_create(&threads[i], NULL, work, best[i]);
	for (uint32_t i = 0; i < n_threads; i++)
		pthread_join(threads[i], NULL);
	for (int span = 0; span < SPANS; span++)
		for (int side = 0; side < SIDES; side++)
			of[span][side] = of_slowest(span, side);
	printf("%.2f %.2f %.3f  %.2f %.2f  %.2f %.2f\n", of[ALL][BARE], of[ALL][WRAPPED], of[ALL][WRAPPED] / of[ALL][BARE],
	       of[FIRST][BARE], of[FIRST][WRAPPED], of[LAST][BARE], of[LAST][WRAPPED]);
	return 0;
}

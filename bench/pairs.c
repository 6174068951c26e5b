/* SPDX-License-Identifier: MIT */
/* What an uncontended lock+unlock pair costs under the shim, against glibc's own functions in the same process.
 *
 * Under LD_PRELOAD the names in this program lead to the shim, and libc's own functions are found in libc by handle.  The
 * two are timed in turns of some hundred microseconds, so that a machine that changes its speed changes it for both, and
 * the minimum over all turns is kept.  Prints one line: bare and wrapped nanoseconds per pair, and their ratio.
 *
 *   pairs THREADS NESTING LOCKS [random]
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TURNS = 400, PAIRS_PER_TURN = 12000, MAX_THREADS = 16, MAX_NESTING = 3 };

struct functions {
	int (*lock)(pthread_mutex_t *);
	int (*unlock)(pthread_mutex_t *);
};

static struct functions bare, wrapped;
static int n_threads, nesting, n_locks;
static bool is_random;
static pthread_mutex_t *locks;
static uint32_t *order;
static pthread_barrier_t turn;
static double best[MAX_THREADS][2];

static double now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static __attribute__((noinline)) void pass(const struct functions *f, pthread_mutex_t *mine, uint32_t from, int n)
{
	for (int i = 0; i < n; i++) {
		pthread_mutex_t *at = &mine[order[(from + (uint32_t)i) % (uint32_t)n_locks]];

		f->lock(at);
		if (nesting > 1)
			f->lock(at + 1);
		if (nesting > 2)
			f->lock(at + 2);
		if (nesting > 2)
			f->unlock(at + 2);
		if (nesting > 1)
			f->unlock(at + 1);
		f->unlock(at);
	}
}

static void *work(void *argument)
{
	int id = (int)(intptr_t)argument, n = PAIRS_PER_TURN / nesting;
	pthread_mutex_t *mine = locks + (size_t)id * (size_t)(n_locks + MAX_NESTING);

	best[id][0] = best[id][1] = 1e18;
	for (int i = 0; i < 2 * TURNS; i++) {
		double start, took;

		pthread_barrier_wait(&turn);
		start = now_ns();
		pass(i % 2 ? &wrapped : &bare, mine, (uint32_t)(i / 2 * n), n);
		took = (now_ns() - start) / (n * nesting);
		if (took < best[id][i % 2])
			best[id][i % 2] = took;
	}
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

static void make_locks(void)
{
	locks = calloc((size_t)n_threads * (size_t)(n_locks + MAX_NESTING), sizeof(*locks));
	order = calloc((size_t)n_locks, sizeof(*order));
	if (!locks || !order)
		exit(2);
	for (int i = 0; i < n_locks; i++)
		order[i] = (uint32_t)i;
	srand(1);
	for (int i = n_locks - 1; is_random && i > 0; i--) {
		int k = rand() % (i + 1);
		uint32_t swap = order[i];

		order[i] = order[k];
		order[k] = swap;
	}
}

int main(int argc, char **argv)
{
	pthread_t threads[MAX_THREADS];
	double slowest[2] = {0, 0};

	if (argc < 4) {
		fprintf(stderr, "usage: pairs THREADS NESTING LOCKS [random]\n");
		return 2;
	}
	n_threads = atoi(argv[1]);
	nesting = atoi(argv[2]);
	n_locks = atoi(argv[3]);
	is_random = argc > 4 && !strcmp(argv[4], "random");
	if (n_threads < 1 || n_threads > MAX_THREADS || nesting < 1 || nesting > MAX_NESTING || n_locks < 1)
		return 2;
	bare = (struct functions){in_libc("pthread_mutex_lock"), in_libc("pthread_mutex_unlock")};
	wrapped = (struct functions){pthread_mutex_lock, pthread_mutex_unlock};
	make_locks();
	pthread_barrier_init(&turn, NULL, (unsigned)n_threads);
	for (int i = 0; i < n_threads; i++)
		pthread_create(&threads[i], NULL, work, (void *)(intptr_t)i);
	for (int i = 0; i < n_threads; i++)
		pthread_join(threads[i], NULL);
	for (int i = 0; i < n_threads; i++)
		for (int k = 0; k < 2; k++)
			if (best[i][k] > slowest[k])
				slowest[k] = best[i][k];
	printf("%.2f %.2f %.3f\n", slowest[0], slowest[1], slowest[1] / slowest[0]);
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* What free() costs under the shim, against the allocator's own in the same process.
 *
 * As in pairs.c the two are timed in turns, and the best turn of each is kept.  Blocks are allocated before the clock runs:
 * 40 KiB of small ones that live together, as in most programs, or some MiB of all sizes.  Before that the program takes
 * LOCKS locks on the heap, two at a time, so that the shim knows them and must look at each block that is freed.  Prints
 * one line: bare and wrapped nanoseconds a free(), and their difference.
 *
 *   free LOCKS [large]
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TURNS = 4000, BLOCKS = 500 };

struct lock {
	pthread_mutex_t mutex;
	char data[100];
};

static void (*bare)(void *);
static void (*volatile wrapped)(void *) = free;
static void *blocks[BLOCKS];

static double now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

/* In the library that has the next malloc(): the shim wraps free() only. */
static void *beside_malloc(const char *name)
{
	Dl_info allocator;
	void *library = dladdr((void *)malloc, &allocator) ? dlopen(allocator.dli_fname, RTLD_NOW | RTLD_NOLOAD) : NULL;
	void *function = library ? dlsym(library, name) : NULL;

	if (!function) {
		fprintf(stderr, "free: %s: not found beside malloc\n", name);
		exit(2);
	}
	return function;
}

static void make_locks(int n)
{
	static pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER;

	for (int i = 0; i < n; i++) {
		struct lock *lock = calloc(1, sizeof(*lock));

		if (!lock)
			exit(2);
		pthread_mutex_lock(&outer);
		pthread_mutex_lock(&lock->mutex);
		pthread_mutex_unlock(&lock->mutex);
		pthread_mutex_unlock(&outer);
	}
}

static double turn(void (*f)(void *), bool is_large)
{
	double start;

	for (int i = 0; i < BLOCKS; i++)
		blocks[i] = malloc(is_large ? 100 + (size_t)i * 97 : 24 + (size_t)i % 5 * 32);
	start = now_ns();
	for (int i = 0; i < BLOCKS; i++)
		f(blocks[i]);
	return (now_ns() - start) / BLOCKS;
}

int main(int argc, char **argv)
{
	double best[2] = {1e18, 1e18};

	if (argc < 2) {
		fprintf(stderr, "usage: free LOCKS [large]\n");
		return 2;
	}
	bare = beside_malloc("free");
	make_locks(atoi(argv[1]));
	for (int i = 0; i < 2 * TURNS; i++) {
		double took = turn(i % 2 ? wrapped : bare, argc > 2);

		if (took < best[i % 2])
			best[i % 2] = took;
	}
	printf("%.2f %.2f %.2f\n", best[0], best[1], best[1] - best[0]);
	return 0;
}

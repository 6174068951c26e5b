/* SPDX-License-Identifier: MIT */
/* What threads cost: to be created and joined, and to be there.  Each prints one number, to be compared between runs with and
 * without a preloaded shim.
 *
 *   threads create       nanoseconds per pthread_create() and pthread_join(), the least of many rounds
 *   threads resident N   KiB of this process while N threads that have locked are alive
 *   threads blocked N    no number: N threads wait for a lock, until standard input ends
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 60, PER_ROUND = 50, MAX_THREADS = 1024 };

static double now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static double least_of(double (*round)(void))
{
	double best = 1e18;

	for (int i = 0; i < ROUNDS; i++) {
		double took = round() / PER_ROUND;

		if (took < best)
			best = took;
	}
	return best;
}

static void start(pthread_t *thread, void *(*main_)(void *), void *argument)
{
	if (pthread_create(thread, NULL, main_, argument)) {
		fprintf(stderr, "threads: no more threads\n");
		exit(2);
	}
}

/* ---- create ----------------------------------------------------------------------------------------------------- */

static void *nothing(void *argument)
{
	return argument;
}

static double create_round(void)
{
	double begin = now_ns();

	for (int i = 0; i < PER_ROUND; i++) {
		pthread_t thread;

		start(&thread, nothing, NULL);
		pthread_join(thread, NULL);
	}
	return now_ns() - begin;
}

/* ---- resident --------------------------------------------------------------------------------------------------- */

static pthread_barrier_t all_here, all_go;

static void *resident(void *argument)
{
	static pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER, inner = PTHREAD_MUTEX_INITIALIZER;

	for (int i = 0; i < 10; i++) {
		pthread_mutex_lock(&outer);
		pthread_mutex_lock(&inner);
		pthread_mutex_unlock(&inner);
		pthread_mutex_unlock(&outer);
	}
	pthread_barrier_wait(&all_here);
	pthread_barrier_wait(&all_go);
	return argument;
}

static double resident_kib(void)
{
	unsigned long pages = 0;
	FILE *statm = fopen("/proc/self/statm", "r");

	if (!statm || fscanf(statm, "%*u %lu", &pages) != 1)
		exit(2);
	fclose(statm);
	return (double)pages * (double)sysconf(_SC_PAGESIZE) / 1024;
}

static double with_threads(unsigned n)
{
	static pthread_t threads[MAX_THREADS];
	double kib;

	pthread_barrier_init(&all_here, NULL, n + 1);
	pthread_barrier_init(&all_go, NULL, n + 1);
	for (unsigned i = 0; i < n; i++)
		start(&threads[i], resident, NULL);
	pthread_barrier_wait(&all_here);
	kib = resident_kib();
	pthread_barrier_wait(&all_go);
	for (unsigned i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	return kib;
}

/* ---- blocked ---------------------------------------------------------------------------------------------------- */

static pthread_mutex_t wanted = PTHREAD_MUTEX_INITIALIZER;

static void *block(void *argument)
{
	pthread_mutex_lock(&wanted);
	return argument;
}

static void blocked(unsigned n)
{
	pthread_t thread;

	pthread_mutex_lock(&wanted);
	for (unsigned i = 0; i < n; i++)
		start(&thread, block, NULL);
	getchar();
	_exit(0);
}

int main(int argc, char **argv)
{
	unsigned n = argc == 3 ? (unsigned)atoi(argv[2]) : 0;

	if (argc == 2 && !strcmp(argv[1], "create"))
		printf("%.0f\n", least_of(create_round));
	else if (n && !strcmp(argv[1], "blocked"))
		blocked(n);
	else if (n && n <= MAX_THREADS && !strcmp(argv[1], "resident"))
		printf("%.0f\n", with_threads(n));
	else {
		fprintf(stderr, "usage: threads create | resident N | blocked N\n");
		return 2;
	}
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* Takes two locks in the order that it is told, once a run: `orders [main|gate|heap|fork]... ab|ba`; or in both orders, one
 * after the other: `orders both`. */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#ifdef REBUILT
/* Nothing that has to do with the locks, but it moves all that follows. */
static int unrelated[1000] = {1};

static __attribute__((used)) int unrelated_too(int n)
{
	return unrelated[n % 1000] * n;
}
#endif

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER, a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t *first = &a, *second = &b;
static bool is_by_main, has_gate, is_forked, goes_both_ways;
static atomic_int n_done;

static pthread_mutex_t *make_lock(void)
{
	pthread_mutex_t *lock = malloc(sizeof(*lock));

	pthread_mutex_init(lock, NULL);
	return lock;
}

static void *take_both(void *arg)
{
	if (has_gate)
		pthread_mutex_lock(&gate);
	pthread_mutex_lock(first);
	pthread_mutex_lock(second);
	pthread_mutex_unlock(second);
	pthread_mutex_unlock(first);
	if (has_gate)
		pthread_mutex_unlock(&gate);
	n_done++;
	return arg;
}

static void *do_nothing(void *arg)
{
	return arg;
}

static void turn_round(void)
{
	pthread_mutex_t *other = first;

	first = second;
	second = other;
}

/* The second thread begins when the first has done, but nothing that orders them says so. */
static void run_threads(void)
{
	int n = goes_both_ways ? 2 : 1;
	pthread_t threads[2];

	for (int i = 0; i < n; i++) {
		while (n_done < i)
			sched_yield();
		if (i)
			turn_round();
		pthread_create(&threads[i], NULL, is_by_main ? do_nothing : take_both, NULL);
	}
	for (int i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	if (is_by_main)
		take_both(NULL);
}

static void take_option(const char *option)
{
	is_by_main |= !strcmp(option, "main");
	has_gate |= !strcmp(option, "gate");
	is_forked |= !strcmp(option, "fork");
	goes_both_ways |= !strcmp(option, "both");
	if (!strcmp(option, "heap")) {
		first = make_lock();
		second = make_lock();
	} else if (!strcmp(option, "ba")) {
		turn_round();
	}
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		take_option(argv[i]);
	if (!is_forked) {
		run_threads();
	} else if (fork() == 0) {
		run_threads();
		_exit(0);
	} else {
		wait(NULL);
	}
	return 0;
}

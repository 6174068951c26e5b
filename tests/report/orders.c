/* SPDX-License-Identifier: MIT */
/* Takes two locks in the order that it is told, once a run: `orders [main|gate|heap|fork]... ab|ba`. */
#include <pthread.h>
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
static bool is_by_main, has_gate, is_forked;

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
	return arg;
}

static void *do_nothing(void *arg)
{
	return arg;
}

static void run_thread(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, is_by_main ? do_nothing : take_both, NULL);
	pthread_join(thread, NULL);
	if (is_by_main)
		take_both(NULL);
}

static void take_option(const char *option)
{
	pthread_mutex_t *other = first;

	is_by_main |= !strcmp(option, "main");
	has_gate |= !strcmp(option, "gate");
	is_forked |= !strcmp(option, "fork");
	if (!strcmp(option, "heap")) {
		first = make_lock();
		second = make_lock();
	} else if (!strcmp(option, "ba")) {
		first = second;
		second = other;
	}
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		take_option(argv[i]);
	if (!is_forked) {
		run_thread();
	} else if (fork() == 0) {
		run_thread();
		_exit(0);
	} else {
		wait(NULL);
	}
	return 0;
}

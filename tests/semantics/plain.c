/* SPDX-License-Identifier: MIT */
/* A plain mutex is the same mutex for those who take it under the shim and for those who take it by libc's own functions.
 *
 * A program may hold pointers to either.  Each step is done to two mutexes, in the two ways, and their bytes must agree;
 * and whoever waits in one way is woken by who releases in the other.  With an argument, a preload behind the shim counts
 * the calls that reach it (counting.c): it must have seen each.
 */
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROUNDS = 20000, THREADS = 4 };

#define CHECK(what)                                                                                                   \
	do {                                                                                                          \
		if (!(what)) {                                                                                        \
			fprintf(stderr, "plain.c:%d: not so: %s\n", __LINE__, #what);                                 \
			exit(1);                                                                                      \
		}                                                                                                     \
	} while (0)

static int (*libc_lock)(pthread_mutex_t *), (*libc_unlock)(pthread_mutex_t *), (*libc_trylock)(pthread_mutex_t *);
static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;

static bool are_equal(void)
{
	return !memcmp(&a, &b, sizeof(a));
}

static void find_libc(void)
{
	void *libc = dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD);

	CHECK(libc);
	libc_lock = dlsym(libc, "pthread_mutex_lock");
	libc_unlock = dlsym(libc, "pthread_mutex_unlock");
	libc_trylock = dlsym(libc, "pthread_mutex_trylock");
	CHECK(libc_lock && libc_unlock && libc_trylock);
}

/* Each way to take it with each way to give it back, and what it looks like meanwhile. */
static void take_both(void)
{
	for (int i = 0; i < 2; i++) {
		CHECK(!pthread_mutex_lock(&a) && !libc_lock(&b) && are_equal());
		CHECK(pthread_mutex_trylock(&b) == EBUSY && libc_trylock(&a) == EBUSY);
		CHECK(pthread_mutex_destroy(&a) == EBUSY && are_equal());
		CHECK(!(i ? libc_unlock : pthread_mutex_unlock)(&a) && !(i ? pthread_mutex_unlock : libc_unlock)(&b));
		CHECK(are_equal());
	}
}

static void *take_in_thread(void *unused)
{
	take_both();
	return unused;
}

static void take_everywhere(void)
{
	pthread_t thread;
	int status;

	take_both();
	CHECK(!pthread_create(&thread, NULL, take_in_thread, NULL) && !pthread_join(thread, NULL));
	if (!fork()) {
		take_both();
		exit(0);
	}
	CHECK(wait(&status) > 0 && status == 0);
}

/* Many take it at once, half of them in either way: nobody is left asleep, and never two have it. */
static uint64_t counter;

static void *contend(void *number)
{
	bool is_libc = (uintptr_t)number % 2;

	for (int i = 0; i < ROUNDS; i++) {
		CHECK(!(is_libc ? libc_lock : pthread_mutex_lock)(&a));
		counter++;
		if (i % 64 == 0)
			sched_yield();	/* so that others come while it is taken */
		errno = 77;
		CHECK(!(is_libc ^ (i % 2) ? libc_unlock : pthread_mutex_unlock)(&a) && errno == 77);
	}
	return NULL;
}

static void contend_all(void)
{
	pthread_t threads[THREADS];

	for (uintptr_t i = 0; i < THREADS; i++)
		CHECK(!pthread_create(&threads[i], NULL, contend, (void *)i));
	for (int i = 0; i < THREADS; i++)
		CHECK(!pthread_join(threads[i], NULL));
	CHECK(counter == THREADS * ROUNDS && are_equal());
}

/* A condition variable gives a mutex back and takes it again inside libc. */
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int ball;

static void *play(void *number)
{
	int mine = (int)(uintptr_t)number;

	CHECK(!pthread_mutex_lock(&a));
	for (int i = 0; i < ROUNDS / 10; i++) {
		while (ball != mine)
			CHECK(!pthread_cond_wait(&changed, &a));
		ball = !mine;
		CHECK(!pthread_cond_broadcast(&changed));
	}
	CHECK(!pthread_mutex_unlock(&a));
	return NULL;
}

static void play_ball(void)
{
	pthread_t thread;

	CHECK(!pthread_create(&thread, NULL, play, (void *)1));
	play(NULL);
	CHECK(!pthread_join(thread, NULL) && are_equal());
	CHECK(!pthread_mutex_destroy(&a));
}

/* When a call is new to the shim, its unwinder takes mutexes, too: so the first round does not count. */
static void count_calls(const char *name)
{
	long (*counted)(void) = (long (*)(void))dlsym(RTLD_DEFAULT, name), before = 0;

	CHECK(counted);
	for (int i = 0; i < 11; i++) {
		CHECK(!pthread_mutex_lock(&a) && !pthread_mutex_unlock(&a));
		if (!i)
			before = counted();
	}
	CHECK(counted() == before + 20);
}

int main(int argc, char **argv)
{
	CHECK(dlsym(RTLD_DEFAULT, "snag_on_deadlock")); /* the shim is there */
	find_libc();
	if (argc > 1)
		count_calls(argv[1]);
	take_everywhere();
	contend_all();
	play_ball();
	return 0;
}

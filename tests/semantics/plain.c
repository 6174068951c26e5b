/* SPDX-License-Identifier: MIT */
/* A plain mutex, a semaphore, or a read-write lock is the same for those who take it under the shim and for those who take it by libc's own
 * functions.
 *
 * A program may hold pointers to either.  Each step is done to two of them, in the two ways, and their bytes must agree;
 * and whoever waits in one way is woken by who releases in the other.  With an argument, a preload behind the shim counts
 * the calls that reach it (counting.c): it must have seen each.
 */
#include "libtrace/switches.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
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
static int (*libc_wait)(sem_t *), (*libc_trywait)(sem_t *), (*libc_post)(sem_t *);
static int (*libc_rdlock)(pthread_rwlock_t *), (*libc_wrlock)(pthread_rwlock_t *), (*libc_rwunlock)(pthread_rwlock_t *);
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
	libc_wait = dlsym(libc, "sem_wait");
	libc_trywait = dlsym(libc, "sem_trywait");
	libc_post = dlsym(libc, "sem_post");
	libc_rdlock = dlsym(libc, "pthread_rwlock_rdlock");
	libc_wrlock = dlsym(libc, "pthread_rwlock_wrlock");
	libc_rwunlock = dlsym(libc, "pthread_rwlock_unlock");
	CHECK(libc_lock && libc_unlock && libc_trylock && libc_wait && libc_trywait && libc_post);
	CHECK(libc_rdlock && libc_wrlock && libc_rwunlock);
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

/* ---- semaphores --------------------------------------------------------------------------------------------------- */

static sem_t s, z;

static bool are_equal_semaphores(unsigned value)
{
	int is;

	return !memcmp(&s, &z, sizeof(s)) && !sem_getvalue(&s, &is) && (unsigned)is == value;
}

static void begin_semaphores(unsigned value)
{
	memset(&s, 0, sizeof(s));
	memset(&z, 0, sizeof(z));
	CHECK(!sem_init(&s, 0, value) && !sem_init(&z, 0, value) && are_equal_semaphores(value));
}

/* As a lock and as a signal, to the least and to the largest value. */
static void step_semaphores(unsigned value)
{
	begin_semaphores(value);
	errno = 77;
	for (int i = 0; i < 3; i++) {
		CHECK(!sem_wait(&s) && !libc_wait(&z) && are_equal_semaphores(value - 1));
		CHECK(!libc_post(&s) && !sem_post(&z) && are_equal_semaphores(value));
		CHECK(!sem_trywait(&s) && !libc_trywait(&z) && are_equal_semaphores(value - 1));
		CHECK(!sem_post(&s) && !libc_post(&z) && are_equal_semaphores(value) && errno == 77);
	}
	for (int i = 0; value == 1 && i < 3; i++) {
		CHECK(!sem_trywait(&s) && !libc_trywait(&z) && are_equal_semaphores(0));
		CHECK(sem_trywait(&s) && errno == EAGAIN && are_equal_semaphores(0));
		CHECK(!sem_post(&s) && !sem_post(&z));
	}
	for (int i = 0; value == SEM_VALUE_MAX && i < 3; i++) {
		CHECK(sem_post(&s) && errno == EOVERFLOW && are_equal_semaphores(value));
	}
}

static void *contend_for_semaphore(void *number)
{
	bool is_libc = (uintptr_t)number % 2;

	for (int i = 0; i < ROUNDS; i++) {
		CHECK(!(is_libc ? libc_wait : sem_wait)(&s));
		counter++;
		if (i % 64 == 0)
			sched_yield();
		CHECK(!(is_libc ^ (i % 2) ? libc_post : sem_post)(&s));
	}
	return NULL;
}

static void contend_for_semaphores(void)
{
	pthread_t threads[THREADS];

	counter = 0;
	begin_semaphores(1);
	for (uintptr_t i = 0; i < THREADS; i++)
		CHECK(!pthread_create(&threads[i], NULL, contend_for_semaphore, (void *)i));
	for (int i = 0; i < THREADS; i++)
		CHECK(!pthread_join(threads[i], NULL));
	CHECK(counter == THREADS * ROUNDS && are_equal_semaphores(1));
}

/* ---- read-write locks --------------------------------------------------------------------------------------------- */

static pthread_rwlock_t q, r;

static bool are_equal_rwlocks(void)
{
	return !memcmp(&q, &r, sizeof(q));
}

static void begin_rwlocks(int kind)
{
	pthread_rwlockattr_t attributes;

	memset(&q, 0, sizeof(q));
	memset(&r, 0, sizeof(r));
	CHECK(!pthread_rwlockattr_init(&attributes) && !pthread_rwlockattr_setkind_np(&attributes, kind));
	CHECK(!pthread_rwlock_init(&q, &attributes) && !pthread_rwlock_init(&r, &attributes) && are_equal_rwlocks());
}

/* By readers, twice over, before and after a writer, who leaves it his. */
static void step_rwlocks(int kind)
{
	begin_rwlocks(kind);
	errno = 77;
	for (int i = 0; i < 6; i++) {
		CHECK(!pthread_rwlock_rdlock(&q) && !libc_rdlock(&r) && are_equal_rwlocks());
		CHECK(!libc_rdlock(&q) && !pthread_rwlock_rdlock(&r) && are_equal_rwlocks());
		CHECK(pthread_rwlock_trywrlock(&q) == EBUSY && are_equal_rwlocks());
		CHECK(!pthread_rwlock_unlock(&q) && !libc_rwunlock(&r) && are_equal_rwlocks());
		CHECK(!libc_rwunlock(&q) && !pthread_rwlock_unlock(&r) && are_equal_rwlocks());
		if (i % 2)
			continue;
		CHECK(!pthread_rwlock_wrlock(&q) && !libc_wrlock(&r) && are_equal_rwlocks());
		CHECK(pthread_rwlock_tryrdlock(&q) == EBUSY && pthread_rwlock_rdlock(&q) == EDEADLK && are_equal_rwlocks());
		CHECK(!pthread_rwlock_unlock(&q) && !libc_rwunlock(&r) && are_equal_rwlocks());
	}
	CHECK(errno == 77);
}

/* Each third time as the only one; readers look that nobody writes meanwhile. */
static void *contend_for_rwlock(void *number)
{
	bool is_libc = (uintptr_t)number % 2;

	for (int i = 0; i < ROUNDS; i++) {
		uint64_t before;

		if (i % 3 == 0) {
			CHECK(!(is_libc ? libc_wrlock : pthread_rwlock_wrlock)(&q));
			counter++;
		} else {
			CHECK(!(is_libc ? libc_rdlock : pthread_rwlock_rdlock)(&q));
		}
		before = counter;
		if (i % 64 == 0)
			sched_yield();
		CHECK(counter == before);
		CHECK(!(is_libc ^ (i % 2) ? libc_rwunlock : pthread_rwlock_unlock)(&q));
	}
	return NULL;
}

static void contend_for_rwlocks(int kind)
{
	pthread_t threads[THREADS];

	counter = 0;
	begin_rwlocks(kind);
	for (uintptr_t i = 0; i < THREADS; i++)
		CHECK(!pthread_create(&threads[i], NULL, contend_for_rwlock, (void *)i));
	for (int i = 0; i < THREADS; i++)
		CHECK(!pthread_join(threads[i], NULL));
	CHECK(counter == THREADS * ((ROUNDS + 2) / 3));
	CHECK(!pthread_rwlock_wrlock(&q) && !pthread_rwlock_unlock(&q) && !pthread_rwlock_destroy(&q));
}

/* When a call is new to the shim, its unwinder takes mutexes, too: so the first round does not count. */
static void count_calls(const char *name)
{
	long (*counted)(void) = (long (*)(void))dlsym(RTLD_DEFAULT, name), before = 0;

	CHECK(counted);
	for (int i = 0; i < 11; i++) {
		CHECK(!pthread_mutex_lock(&a) && !pthread_mutex_unlock(&a) && !sem_wait(&s) && !sem_post(&s));
		CHECK(!pthread_rwlock_rdlock(&q) && !pthread_rwlock_unlock(&q));
		if (!i)
			before = counted();
	}
	CHECK(counted() == before + 60);
}

/* Without libc, all three alike: or all by libc, where it is not known, or somebody else is in between. */
static void look_at_ways(void)
{
	const struct trace_switches *switches = dlsym(RTLD_DEFAULT, "snag_switches");

	CHECK(switches); /* the shim is there */
	CHECK(switches->plain_semaphores == (switches->plain_kind == PTHREAD_MUTEX_TIMED_NP));
	CHECK(switches->plain_rwlocks == switches->plain_semaphores);
}

int main(int argc, char **argv)
{
	look_at_ways();
	find_libc();
	begin_semaphores(1);
	begin_rwlocks(PTHREAD_RWLOCK_DEFAULT_NP);
	if (argc > 1)
		count_calls(argv[1]);
	take_everywhere();
	contend_all();
	play_ball();
	step_semaphores(1);
	step_semaphores(5);
	step_semaphores(SEM_VALUE_MAX);
	contend_for_semaphores();
	for (int kind = PTHREAD_RWLOCK_PREFER_READER_NP; kind <= PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP; kind++) {
		step_rwlocks(kind);
		contend_for_rwlocks(kind);
	}
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* A number of operations, for callgrind to count the instructions of.
 *
 *   steps OPERATION N
 *
 * Only what happens inside measured() counts.  What is done but once, like meeting a call, is the same whatever N is: the
 * difference of two runs is what the operations take.
 */
#include <alloca.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>

#define noinline __attribute__((noinline, noclone))

enum { LOCKS = 4096, PARTS = 50 };

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER, c = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t rwlock = PTHREAD_RWLOCK_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static sem_t semaphore;

static noinline void direct(int nesting, int n)
{
	for (int i = 0; i < n; i++) {
		pthread_mutex_lock(&a);
		if (nesting > 1)
			pthread_mutex_lock(&b);
		if (nesting > 2)
			pthread_mutex_lock(&c);
		if (nesting > 2)
			pthread_mutex_unlock(&c);
		if (nesting > 1)
			pthread_mutex_unlock(&b);
		pthread_mutex_unlock(&a);
	}
}

static noinline void hand_over_hand(int nesting, int n)
{
	for (int i = 0; i < n; i++) {
		pthread_mutex_lock(&a);
		pthread_mutex_lock(&b);
		pthread_mutex_unlock(&a);
		pthread_mutex_lock(&c);
		pthread_mutex_unlock(&b);
		pthread_mutex_unlock(&c);
	}
}

static noinline void my_lock(pthread_mutex_t *m)
{
	pthread_mutex_lock(m);
	__asm__ volatile(""); /* no tail call */
}

static noinline void wrapper(int nesting, int n)
{
	for (int i = 0; i < n; i++) {
		my_lock(&a);
		my_lock(&b);
		my_lock(&c);
		pthread_mutex_unlock(&c);
		pthread_mutex_unlock(&b);
		pthread_mutex_unlock(&a);
	}
}

/* Fifty calls, a place in the program each. */
static noinline void places(int nesting, int n)
{
#define FOUR(what) what what what what
#define TEN(what) FOUR(what) FOUR(what) what what
	for (int i = 0; i < n; i++) {
		TEN(FOUR(pthread_mutex_lock(&a); pthread_mutex_unlock(&a);)
			    pthread_mutex_lock(&a); pthread_mutex_unlock(&a);)
	}
}

/* Three nested of many.  A part of a round counts as one: those that are done but once are two rounds. */
static noinline void many(int nesting, int n)
{
	static pthread_mutex_t locks[LOCKS + 2];

	for (int i = 0; i < n / PARTS * LOCKS; i++) {
		pthread_mutex_t *m = &locks[i % LOCKS];

		pthread_mutex_lock(&m[0]);
		pthread_mutex_lock(&m[1]);
		pthread_mutex_lock(&m[2]);
		pthread_mutex_unlock(&m[2]);
		pthread_mutex_unlock(&m[1]);
		pthread_mutex_unlock(&m[0]);
	}
}

static noinline void rwlock_read(int nesting, int n)
{
	for (int i = 0; i < n; i++) {
		pthread_rwlock_rdlock(&rwlock);
		pthread_rwlock_unlock(&rwlock);
	}
}

static noinline void wait_post(int nesting, int n)
{
	for (int i = 0; i < n; i++) {
		sem_wait(&semaphore);
		sem_post(&semaphore);
	}
}

static noinline void try_post(int nesting, int n)
{
	for (int i = 0; i < n; i++) {
		sem_trywait(&semaphore);
		sem_trywait(&semaphore); /* in vain */
		sem_post(&semaphore);
	}
}

/* Calls that come from the same places every time, but for the last: that is new. */
static noinline void meet(int nesting, int n)
{
	volatile char *room;

	if (nesting) {
		meet(nesting - 1, n);
		__asm__ volatile(""); /* no tail call */
		return;
	}
	for (int i = 0; i < n; i++) {
		room = alloca(16); /* deeper every time */
		room[0] = 0;
		pthread_mutex_lock(&a);
		pthread_mutex_unlock(&a);
	}
}

static noinline void cond_signal(int nesting, int n)
{
	for (int i = 0; i < n; i++)
		pthread_cond_signal(&cond);
}

/* What threads know of other locks does not end with one. */
static noinline void destroy(int nesting, int n)
{
	pthread_mutex_t one;

	for (int i = 0; i < n; i++) {
		pthread_mutex_init(&one, NULL);
		pthread_mutex_lock(&a);
		pthread_mutex_lock(&one);
		pthread_mutex_unlock(&one);
		pthread_mutex_unlock(&a);
		direct(3, 1);
		pthread_mutex_destroy(&one);
	}
}

/* Nothing is known of it but that. */
static noinline void init_destroy(int nesting, int n)
{
	pthread_mutex_t one;

	for (int i = 0; i < n; i++) {
		pthread_mutex_init(&one, NULL);
		pthread_mutex_destroy(&one);
	}
}

/* The same in memory that comes and goes with it. */
static noinline void init_free(int nesting, int n)
{
	pthread_mutex_t *volatile one;

	for (int i = 0; i < n; i++) {
		one = malloc(sizeof(*one));
		pthread_mutex_init(one, NULL);
		pthread_mutex_destroy(one);
		free(one);
	}
}

/* A semaphore for each wait, which another thread than the one that waits posts. */
static noinline void handed(int nesting, int n)
{
	sem_t one;

	for (int i = 0; i < n; i++) {
		sem_init(&one, 0, 1);
		pthread_mutex_lock(&a);
		sem_post(&one);
		pthread_mutex_unlock(&a);
		sem_destroy(&one);
	}
}

static noinline void free_block(int nesting, int n)
{
	void *volatile block;

	for (int i = 0; i < n; i++) {
		block = malloc(64);
		free(block);
	}
}

static void *nothing(void *argument)
{
	return argument;
}

static noinline void create_join(int nesting, int n)
{
	pthread_t thread;

	for (int i = 0; i < n; i++) {
		pthread_create(&thread, NULL, nothing, NULL);
		pthread_join(thread, NULL);
	}
}

static const struct operation {
	const char *name;
	void (*run)(int nesting, int n);
	int nesting;
} operations[] = {
	{"nested-1", direct, 1},	{"nested-2", direct, 2},     {"nested-3", direct, 3},	    {"wrapper", wrapper, 3},
	{"many", many, 3},		 {"places", places, 1},
	{"rwlock-read", rwlock_read, 1}, {"wait-post", wait_post, 1}, {"try-post", try_post, 1},
	{"cond-signal", cond_signal, 0}, {"destroy", destroy, 0},
	{"handed", handed, 0},		 {"hand-over-hand", hand_over_hand, 0},
	{"meet", meet, 40},		 {"free", free_block, 0},
	{"init-destroy", init_destroy, 0}, {"init-free", init_free, 0},
	{"create-join", create_join, 0},
};

static noinline void measured(const struct operation *operation, int n)
{
	operation->run(operation->nesting, n);
	__asm__ volatile("");
}

int main(int argc, char **argv)
{
	pthread_t thread;

	if (argc != 3 || pthread_create(&thread, NULL, nothing, NULL))
		return 2;
	/* glibc takes a short cut in a process that has never had a second thread. */
	pthread_join(thread, NULL);
	sem_init(&semaphore, 0, 1);
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
		if (!strcmp(argv[1], operations[i].name)) {
			measured(&operations[i], atoi(argv[2]));
			return 0;
		}
	return 2;
}

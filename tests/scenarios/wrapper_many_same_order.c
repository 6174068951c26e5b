/* SPDX-License-Identifier: MIT */
/* A program locks through a function of its own, called from very many places, in one order.
 *
 * Twin of wrapper_many.c: the last one takes a first.
 *
 * expect: clean
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;
static atomic_int finished;

static void my_lock(pthread_mutex_t *lock)
{
	if (pthread_mutex_lock(lock)) /* in my_lock */
		abort();
}

/* A hundred functions of the same shape. */
#define PLACE(n)                                                                                                      \
	static __attribute__((noinline)) void place_##n(void)                                                         \
	{                                                                                                             \
		my_lock(&a);                                                                                          \
		pthread_mutex_unlock(&a);                                                                             \
	}
#define TEN(what, n)                                                                                                  \
	what(n##0) what(n##1) what(n##2) what(n##3) what(n##4) what(n##5) what(n##6) what(n##7) what(n##8) what(n##9)
#define HUNDRED(what)                                                                                                 \
	TEN(what, 1) TEN(what, 2) TEN(what, 3) TEN(what, 4) TEN(what, 5)                                              \
	TEN(what, 6) TEN(what, 7) TEN(what, 8) TEN(what, 9) TEN(what, 10)
#define NAME(n) place_##n,
HUNDRED(PLACE)

static __attribute__((noinline)) void a_then_b(void)
{
	my_lock(&a); /* a_then_b takes a */
	my_lock(&b); /* a_then_b takes b */
	pthread_mutex_unlock(&b);
	pthread_mutex_unlock(&a);
}

static __attribute__((noinline)) void last(void)
{
	my_lock(&a); /* last takes a */
	my_lock(&b); /* last takes b */
	pthread_mutex_unlock(&a);
	pthread_mutex_unlock(&b);
}

static void *first(void *arg)
{
	static void (*const places[])(void) = {HUNDRED(NAME)};

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++)
		places[i]();
	a_then_b();
	finished++;
	return NULL;
}

static void *second(void *arg)
{
	last();
	return NULL;
}

int main(void)
{
	pthread_t one, two;

	pthread_create(&one, NULL, first, NULL);
	while (!finished)
		sched_yield();
	pthread_create(&two, NULL, second, NULL);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	return 0;
}

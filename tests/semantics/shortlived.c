/* SPDX-License-Identifier: MIT */
/* Objects that come and go, and are never part of anything, come and go without a lock of the shim's: in a program that
 * handles signals, whoever has one of those has blocked them, by two calls of the kernel.
 *
 * Python makes a semaphore for each wait, and C++ code has mutexes in what it makes and throws away.  A preload behind the
 * shim counts (counting.c): the same for few objects as for many.  The last ones are in memory that is given back after each.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

enum { FEW = 10, MANY = 4000, SPARE = 8 };

static void mutex_on_stack(void)
{
	pthread_mutex_t m;

	pthread_mutex_init(&m, NULL);
	pthread_mutex_lock(&m);
	pthread_mutex_unlock(&m);
	pthread_mutex_destroy(&m);
}

static void semaphore(void)
{
	static sem_t s;

	sem_init(&s, 0, 0);
	sem_post(&s);
	sem_destroy(&s);
}

static void condition_on_heap(void)
{
	pthread_cond_t *volatile c = malloc(sizeof(*c));

	pthread_cond_init(c, NULL);
	pthread_cond_destroy(c);
	free(c);
}

static void mutex_left_on_heap(void)
{
	pthread_mutex_t *volatile m = malloc(sizeof(*m));

	pthread_mutex_init(m, NULL);
	free(m);
}

static long masks_of(void (*one)(void), int n)
{
	long (*counted)(void) = (long (*)(void))dlsym(RTLD_DEFAULT, "masks_counted");
	long before = counted();

	for (int i = 0; i < n; i++)
		one();
	return counted() - before;
}

static void handle(int number)
{
}

int main(void)
{
	static void (*const kinds[])(void) = {mutex_on_stack, semaphore, condition_on_heap, mutex_left_on_heap};
	int n_dear = 0;

	signal(SIGUSR1, handle);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		long few = masks_of(kinds[i], FEW), many = masks_of(kinds[i], MANY);

		printf("kind %zu: %ld calls for %d, %ld for %d\n", i, few, FEW, many, MANY);
		n_dear += many > few + SPARE;
	}
	return n_dear != 0;
}

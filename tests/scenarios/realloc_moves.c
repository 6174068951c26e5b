/* SPDX-License-Identifier: MIT */
/* Opposite orders of two addresses, but not of two locks: in between their block grows and moves, and others get its
 * memory.
 *
 * Twin of realloc_stays.c: the block grows out of its place.
 *
 * expect: clean
 * prints: at the same place
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

struct pair {
	pthread_mutex_t left, right;
};

static struct pair *pair;
static atomic_int finished;

static void *first(void *arg)
{
	pthread_mutex_lock(&pair->left); /* first takes the left one */
	pthread_mutex_lock(&pair->right); /* first takes the right one */
	pthread_mutex_unlock(&pair->right);
	pthread_mutex_unlock(&pair->left);
	finished++;
	return NULL;
}

static void *second(void *arg)
{
	pthread_mutex_lock(&pair->right); /* second takes the right one */
	pthread_mutex_lock(&pair->left); /* second takes the left one */
	pthread_mutex_unlock(&pair->left);
	pthread_mutex_unlock(&pair->right);
	finished++;
	return NULL;
}

static struct pair *pair_new(void)
{
	struct pair *new = malloc(600);

	new->left = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
	new->right = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
	return new;
}

int main(void)
{
	pthread_t one, two;
	uintptr_t place;

	pair = pair_new();
	place = (uintptr_t)pair;
	pthread_create(&one, NULL, first, NULL);
	while (finished < 1)
		sched_yield();
	if (realloc(pair, 500000) != pair)
		pair = pair_new();
	pthread_create(&two, NULL, second, NULL);
	while (finished < 2)
		sched_yield();
	printf("at %s place\n", (uintptr_t)pair == place ? "the same" : "another");
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	return 0;
}

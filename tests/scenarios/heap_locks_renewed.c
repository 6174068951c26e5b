/* SPDX-License-Identifier: MIT */
/* Opposite orders of two addresses, but not of two locks: in between the old locks are destroyed and new ones made.
 *
 * Twin of heap_locks.c: the pair is renewed before the second thread begins.
 *
 * expect: clean
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
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

static void pair_init(void)
{
	pthread_mutex_init(&pair->left, NULL);
	pthread_mutex_init(&pair->right, NULL);
}

static void pair_deinit(void)
{
	pthread_mutex_destroy(&pair->right);
	pthread_mutex_destroy(&pair->left);
}

int main(void)
{
	pthread_t one, two;

	pair = malloc(sizeof(*pair));
	pair_init();
	pthread_create(&one, NULL, first, NULL);
	while (finished < 1)
		sched_yield();
	pair_deinit(), pair_init();
	pthread_create(&two, NULL, second, NULL);
	while (finished < 2)
		sched_yield();
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	pair_deinit();
	free(pair);
	return 0;
}

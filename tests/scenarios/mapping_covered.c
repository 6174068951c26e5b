/* SPDX-License-Identifier: MIT */
/* Opposite orders of two addresses, but not of two locks: in between another mapping is laid over theirs.
 *
 * Twin of mapping_stays.c: the pair's pages are replaced.
 *
 * expect: clean
 * prints: at the same place
 */
#undef _FILE_OFFSET_BITS /* it would make mmap another name of mmap64 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>

enum { PAGE = 4096 };

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

static struct pair *pair_map(void *wish)
{
	struct pair *new = mmap(wish, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	new->left = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
	new->right = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
	return new;
}

int main(void)
{
	pthread_t one, two;
	uintptr_t place;
	unsigned char pages[1];

	pair = pair_map(NULL);
	place = (uintptr_t)pair;
	pthread_create(&one, NULL, first, NULL);
	while (finished < 1)
		sched_yield();
	mmap64(pair, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	pthread_create(&two, NULL, second, NULL);
	while (finished < 2)
		sched_yield();
	printf("at %s place\n", (uintptr_t)pair == place && !mincore(pair, PAGE, pages) ? "the same" : "another");
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	return 0;
}

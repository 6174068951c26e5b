/* SPDX-License-Identifier: MIT */
/* The same two orders, but the parent had its locks before there was a child.
 *
 * Twin of shared_abba.c: the parent forks later.
 *
 * expect: lock-order-cycle ordered note
 *   thread: main
 *     holds: at parent takes left
 *     wants: at parent takes right
 *   thread: main
 *     holds: at child takes right
 *     wants: at child takes left
 * prints: at another place
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096 };

struct pool {
	pthread_mutex_t left, right;
	atomic_int finished;
	uintptr_t place;
};

static int file;

static struct pool *pool_map(void)
{
	return mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
}

static void pool_init(struct pool *pool)
{
	pthread_mutexattr_t shared;

	pthread_mutexattr_init(&shared);
	pthread_mutexattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(&pool->left, &shared);
	pthread_mutex_init(&pool->right, &shared);
}

static void parent_does(struct pool *pool)
{
	pthread_mutex_lock(&pool->left); /* parent takes left */
	pthread_mutex_lock(&pool->right); /* parent takes right */
	pthread_mutex_unlock(&pool->right);
	pthread_mutex_unlock(&pool->left);
	pool->finished = 1;
}

static void child_does(struct pool *pool)
{
	pool->place = (uintptr_t)pool;
	while (!pool->finished)
		sched_yield();
	pthread_mutex_lock(&pool->right); /* child takes right */
	pthread_mutex_lock(&pool->left); /* child takes left */
	pthread_mutex_unlock(&pool->left);
	pthread_mutex_unlock(&pool->right);
}

int main(void)
{
	struct pool *pool;
	pid_t child;

	file = memfd_create("pool", 0);
	if (ftruncate(file, PAGE))
		return 1;
	pool = pool_map();
	pool_init(pool);
	parent_does(pool);
	child = fork();
	if (child == 0) {
		child_does(pool_map());
		_exit(0);
	}
	waitpid(child, NULL, 0);
	printf("at %s place\n", pool->place == (uintptr_t)pool ? "the same" : "another");
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* Two processes wait for each other's lock for ever, until a third has had enough of it.
 *
 * expect: lock-order-cycle observed error
 *   thread: main
 *     holds: at first takes left
 *     wants: at first takes right
 *   thread: main
 *     holds: at second takes right
 *     wants: at second takes left
 */
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096, SPACER = 16 * PAGE };

struct pool {
	pthread_mutex_t left, right;
	pthread_barrier_t both_have_one;
	atomic_int n_done;
};

static int file;

static struct pool *pool_map(void)
{
	return mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
}

static void pool_init(struct pool *pool)
{
	pthread_mutexattr_t shared;
	pthread_barrierattr_t barrier_shared;

	pthread_mutexattr_init(&shared);
	pthread_mutexattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(&pool->left, &shared);
	pthread_mutex_init(&pool->right, &shared);
	pthread_barrierattr_init(&barrier_shared);
	pthread_barrierattr_setpshared(&barrier_shared, PTHREAD_PROCESS_SHARED);
	pthread_barrier_init(&pool->both_have_one, &barrier_shared, 2);
}

static void first(struct pool *pool)
{
	pthread_mutex_lock(&pool->left); /* first takes left */
	pthread_barrier_wait(&pool->both_have_one);
	pthread_mutex_lock(&pool->right); /* first takes right */
	pthread_mutex_unlock(&pool->right);
	pthread_mutex_unlock(&pool->left);
}

static void second(struct pool *pool)
{
	pthread_mutex_lock(&pool->right); /* second takes right */
	pthread_barrier_wait(&pool->both_have_one);
	if (pthread_mutex_lock(&pool->left) == 0) /* second takes left */
		pthread_mutex_unlock(&pool->left);
	pthread_mutex_unlock(&pool->right);
}

static pid_t run(void (*routine)(struct pool *))
{
	pid_t child = fork();
	struct pool *pool;

	if (child)
		return child;
	pool = pool_map();
	routine(pool);
	pool->n_done++;
	_exit(0);
}

/* As glibc writes it before it sleeps. */
static bool is_waited_for(const pthread_mutex_t *mutex)
{
	return __atomic_load_n(&mutex->__data.__lock, __ATOMIC_ACQUIRE) == 2;
}

int main(void)
{
	struct pool *pool;
	pid_t children[2];

	file = memfd_create("pool", 0);
	if (ftruncate(file, PAGE))
		return 1;
	pool = pool_map();
	pool_init(pool);
	children[0] = run(first);
	mmap(NULL, SPACER, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); /* the second child's address is another */
	children[1] = run(second);
	while (pool->n_done + is_waited_for(&pool->left) + is_waited_for(&pool->right) < 2)
		sched_yield();
	for (int i = 0; i < 2; i++) {
		kill(children[i], SIGKILL);
		waitpid(children[i], NULL, 0);
	}
	return 0;
}

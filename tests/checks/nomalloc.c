/* SPDX-License-Identifier: MIT */
/* While the threads of this program lock, wait and signal, nobody allocates memory.
 *
 * malloc and its kin are this program's own, so that a call of the shim, or of the unwinder that works for it, is counted
 * like any other.  All contexts are new to the shim here: it takes a stack in each.  To show that it counts at all, the
 * program allocates and frees once itself.
 *
 * expect: lock-order-cycle possible error
 *   thread: first
 *     holds: a at first takes a
 *     wants: b at first takes b
 *   thread: second
 *     holds: b at second takes b
 *     wants: a at second takes a
 * prints: counted 2 calls of our own, 0 others
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);
void __libc_free(void *memory);

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static atomic_int turn, is_counting, n_calls;

void *malloc(size_t size)
{
	n_calls += is_counting;
	return __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	n_calls += is_counting;
	return __libc_calloc(n, size);
}

void *realloc(void *old, size_t size)
{
	n_calls += is_counting;
	return __libc_realloc(old, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
	n_calls += is_counting;
	return __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size)
{
	n_calls += is_counting;
	*memory = __libc_memalign(alignment, size);
	return *memory ? 0 : 12;
}

void free(void *memory)
{
	n_calls += is_counting;
	__libc_free(memory);
}

static void await_turn(int number)
{
	while (turn != number)
		sched_yield();
}

/* Takes a lock at many stack depths, each a context of its own. */
static void take_deep_down(int depth)
{
	if (depth)
		take_deep_down(depth - 1);
	pthread_mutex_lock(&b);
	pthread_mutex_unlock(&b);
}

static void wait_for_a_moment(void)
{
	const struct timespec long_past = {.tv_sec = 1};

	pthread_mutex_lock(&a);
	pthread_cond_timedwait(&condition, &a, &long_past);
	pthread_cond_broadcast(&condition);
	pthread_mutex_unlock(&a);
}

static void *first(void *arg)
{
	await_turn(1);
	pthread_mutex_lock(&a); /* first takes a */
	pthread_mutex_lock(&b); /* first takes b */
	pthread_mutex_unlock(&b);
	pthread_mutex_unlock(&a);
	take_deep_down(50);
	wait_for_a_moment();
	turn = 2;
	await_turn(4);
	return NULL;
}

static void *second(void *arg)
{
	pthread_mutex_t young;

	await_turn(2);
	pthread_mutex_lock(&b); /* second takes b */
	pthread_mutex_lock(&a); /* second takes a */
	pthread_mutex_unlock(&a);
	pthread_mutex_unlock(&b);
	pthread_mutex_init(&young, NULL);
	pthread_mutex_trylock(&young);
	pthread_mutex_unlock(&young);
	pthread_mutex_destroy(&young);
	turn = 3;
	await_turn(4);
	return NULL;
}

int main(void)
{
	pthread_t one, two;
	void *volatile memory;
	int own;

	pthread_create(&one, NULL, first, NULL);
	pthread_create(&two, NULL, second, NULL);
	is_counting = 1;
	memory = malloc(1);
	free(memory);
	own = n_calls;
	turn = 1;
	await_turn(3);
	is_counting = 0;
	turn = 4;
	printf("counted %d calls of our own, %d others\n", own, n_calls - own);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	return 0;
}

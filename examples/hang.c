/* SPDX-License-Identifier: MIT */
/* A program that hangs, to be looked at while it does.
 *
 * Two threads, `reader` and `writer`, take the cache and the index in opposite orders, and have agreed to meet with one
 * lock each in their hands: it never fails to hang.
 *
 *     snag run -- build/examples/hang
 *
 * says so the moment the circle closes, ends the program and returns 66.  As it was started without Snag, it can be
 * looked at all the same:
 *
 *     build/examples/hang &
 *     snag gdb -p PID             the program prints its PID
 *     (gdb) snag deadlock
 *
 * tells in words who holds what the other wants.
 *
 * expect: lock-order-cycle observed error
 *   thread: reader
 *     holds: cache.lock at reader takes the cache
 *     wants: index_lock at reader takes the index
 *   thread: writer
 *     holds: index_lock at writer takes the index
 *     wants: cache.lock at writer takes the cache
 * prints: PID [0-9]* hangs now; look at it from another terminal: snag gdb -p [0-9]*
 * hangs: yes
 */
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

static struct {
	int entries[64];
	pthread_mutex_t lock;
} cache = {.lock = PTHREAD_MUTEX_INITIALIZER};

static pthread_mutex_t index_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both_have_one;

static void *reader(void *arg)
{
	pthread_setname_np(pthread_self(), "reader");
	pthread_mutex_lock(&cache.lock); /* reader takes the cache */
	pthread_barrier_wait(&both_have_one);
	pthread_mutex_lock(&index_lock); /* reader takes the index */
	pthread_mutex_unlock(&index_lock);
	pthread_mutex_unlock(&cache.lock);
	return NULL;
}

static void *writer(void *arg)
{
	pthread_setname_np(pthread_self(), "writer");
	pthread_mutex_lock(&index_lock); /* writer takes the index */
	pthread_barrier_wait(&both_have_one);
	pthread_mutex_lock(&cache.lock); /* writer takes the cache */
	pthread_mutex_unlock(&cache.lock);
	pthread_mutex_unlock(&index_lock);
	return NULL;
}

int main(void)
{
	pthread_t one, two;

	printf("PID %d hangs now; look at it from another terminal: snag gdb -p %d\n", getpid(), getpid());
	fflush(stdout);
	pthread_barrier_init(&both_have_one, NULL, 2);
	pthread_create(&one, NULL, reader, NULL);
	pthread_create(&two, NULL, writer, NULL);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	return 0;
}

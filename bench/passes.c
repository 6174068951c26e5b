/* SPDX-License-Identifier: MIT */
/* How long a thread takes for a pass through a function that another thread has a breakpoint in.
 *
 *     passes N [lock]    prints nanoseconds a pass
 *
 * "target" is the thread with the breakpoint, and never comes by; "bystander" passes N times.  With `lock`, a pass
 * takes a mutex and gives it back.
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static sem_t is_over;
static long n_passes;

static void __attribute__((noinline)) pass(void)
{
	__asm__ volatile("");
}

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static void __attribute__((noinline)) pass_lock(void)
{
	pthread_mutex_lock(&mutex);
	pthread_mutex_unlock(&mutex);
}

static void *target(void *argument)
{
	sem_wait(&is_over);
	return NULL;
}

static double now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1e9 + now.tv_nsec;
}

static void *bystander(void *argument)
{
	void (*volatile way)(void) = argument ? pass_lock : pass;
	double begin = now_ns();

	for (long i = 0; i < n_passes; i++)
		way();
	printf("%.1f ns a pass\n", (now_ns() - begin) / n_passes);
	return NULL;
}

static void __attribute__((noinline)) ready(void)
{
	__asm__ volatile("");
}

int main(int argc, char **argv)
{
	pthread_t one, two;

	n_passes = argc > 1 ? atol(argv[1]) : 1000;
	sem_init(&is_over, 0, 0);
	pthread_create(&one, NULL, target, NULL);
	pthread_setname_np(one, "target");
	ready();
	pthread_create(&two, NULL, bystander, argc > 2 ? &mutex : NULL);
	pthread_setname_np(two, "bystander");
	pthread_join(two, NULL);
	sem_post(&is_over);
	pthread_join(one, NULL);
	return 0;
}

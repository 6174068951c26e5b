/* SPDX-License-Identifier: MIT */
/* A stack that is taken blocks signals as often as any other, however deep it is, and leaves them as they were; where no
 * signal has a handler, not at all.  Nor are signals blocked to write down in which order known locks are taken.
 *
 * The unwinder would do it at every frame: two calls of the kernel each, and a program that begins meets a thousand stacks.
 * A preload behind the shim counts them (counting.c).
 */
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>

enum { N_LOCKS = 20, SPARE = 8 };	/* calls that do not come with each order */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static __attribute__((noinline)) void lock_below(int depth)
{
	if (depth) {
		lock_below(depth - 1);
	} else {
		pthread_mutex_lock(&lock);
		pthread_mutex_unlock(&lock);
	}
	__asm__ volatile(""); /* no tail call */
}

static long calls_below(int depth)
{
	long (*counted)(void) = (long (*)(void))dlsym(RTLD_DEFAULT, "masks_counted");
	long before = counted();

	lock_below(depth);
	return counted() - before;
}

/* Where all that is new is the order, by the same calls. */
static __attribute__((noinline)) void lock_both(pthread_mutex_t *first, pthread_mutex_t *second)
{
	pthread_mutex_lock(first);
	pthread_mutex_lock(second);
	pthread_mutex_unlock(second);
	pthread_mutex_unlock(first);
}

static long calls_for_orders(int from, int to)
{
	static pthread_mutex_t locks[N_LOCKS];
	long (*counted)(void) = (long (*)(void))dlsym(RTLD_DEFAULT, "masks_counted");
	long before = counted();

	for (int distance = from; distance < to; distance++)
		for (int i = 0; i + distance < N_LOCKS; i++)
			lock_both(&locks[i], &locks[i + distance]);
	return counted() - before;
}

static void handle(int number)
{
}

int main(void)
{
	sigset_t mask;
	long without, shallow, deep, known, orders;

	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR2);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	without = calls_below(50);
	signal(SIGUSR1, handle);
	shallow = calls_below(2);
	deep = calls_below(51);
	known = calls_for_orders(1, 2);
	orders = calls_for_orders(2, N_LOCKS);
	printf("%ld calls without a handler, with one %ld and %ld\n", without, shallow, deep);
	printf("%ld calls for %d locks, %ld for all other orders of them\n", known, N_LOCKS, orders);
	if (without != 0 || shallow == 0 || deep != shallow || known == 0 || orders > SPARE)
		return 1;
	sigprocmask(SIG_SETMASK, NULL, &mask);
	return !sigismember(&mask, SIGUSR2) || sigismember(&mask, SIGUSR1) || sigismember(&mask, SIGTERM);
}

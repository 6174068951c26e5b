/* SPDX-License-Identifier: MIT */
/* A stack that is taken blocks signals as often as any other, however deep it is, and leaves them as they were; where no
 * signal has a handler, not at all.
 *
 * The unwinder would do it at every frame: two calls of the kernel each, and a program that begins meets a thousand stacks.
 * A preload behind the shim counts them (counting.c).
 */
#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>

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

static void handle(int number)
{
}

int main(void)
{
	sigset_t mask;
	long without, shallow, deep;

	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR2);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	without = calls_below(50);
	signal(SIGUSR1, handle);
	shallow = calls_below(2);
	deep = calls_below(51);
	printf("%ld calls without a handler, with one %ld and %ld\n", without, shallow, deep);
	if (without != 0 || shallow == 0 || deep != shallow)
		return 1;
	sigprocmask(SIG_SETMASK, NULL, &mask);
	return !sigismember(&mask, SIGUSR2) || sigismember(&mask, SIGUSR1) || sigismember(&mask, SIGTERM);
}

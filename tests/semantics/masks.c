/* SPDX-License-Identifier: MIT */
/* A stack that is taken blocks signals once, however deep it is, and leaves them as they were.
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

int main(void)
{
	long (*counted)(void) = (long (*)(void))dlsym(RTLD_DEFAULT, "masks_counted");
	sigset_t mask;
	long before;

	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR2);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	before = counted();
	lock_below(50);
	printf("%ld calls\n", counted() - before);
	if (counted() != before + 2)
		return 1;
	sigprocmask(SIG_SETMASK, NULL, &mask);
	return !sigismember(&mask, SIGUSR2) || sigismember(&mask, SIGUSR1) || sigismember(&mask, SIGTERM);
}

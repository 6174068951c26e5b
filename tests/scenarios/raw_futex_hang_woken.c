/* SPDX-License-Identifier: MIT */
/* Two threads sleep on a word of memory, by the system call itself, if it is not changed yet.
 *
 * Twin of raw_futex_hang.c.
 *
 * expect: clean
 */
#include <linux/futex.h>
#include <pthread.h>
#include <sys/syscall.h>
#include <unistd.h>

static int word = 1;

static void *sleeper(void *arg)
{
	while (!__atomic_load_n(&word, __ATOMIC_ACQUIRE))
		syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
	return NULL;
}

int main(void)
{
	pthread_t one, two;

	pthread_create(&one, NULL, sleeper, NULL);
	pthread_create(&two, NULL, sleeper, NULL);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	return 0;
}

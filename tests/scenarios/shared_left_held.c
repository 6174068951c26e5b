/* SPDX-License-Identifier: MIT */
/* A process ends with a lock in its hand that it shares with its parent.
 *
 * expect: dead-owner observed warning
 *   thread: main
 *     holds: at child takes it
 * prints: busy
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	pthread_mutex_t *lock = mmap(NULL, sizeof(*lock), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pthread_mutexattr_t shared;

	pthread_mutexattr_init(&shared);
	pthread_mutexattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(lock, &shared);
	if (fork() == 0) {
		pthread_mutex_lock(lock); /* child takes it */
		exit(0);
	}
	wait(NULL);
	if (pthread_mutex_trylock(lock) == EBUSY)
		return puts("busy") < 0;
	puts("free");
	pthread_mutex_unlock(lock);
	return 0;
}

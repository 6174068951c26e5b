/* SPDX-License-Identifier: MIT */
/* A process dies with a robust mutex in its hand; the next owner says that all is well again.
 *
 * Twin of robust_not_mended.c: made consistent.
 *
 * expect: clean
 * prints: owner died
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	pthread_mutex_t *lock = mmap(NULL, sizeof(*lock), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pthread_mutexattr_t shared;

	pthread_mutexattr_init(&shared);
	pthread_mutexattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
	pthread_mutexattr_setrobust(&shared, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(lock, &shared);
	if (fork() == 0) {
		pthread_mutex_lock(lock);
		_exit(0);
	}
	wait(NULL);
	if (pthread_mutex_lock(lock) == EOWNERDEAD)
		puts("owner died");
	pthread_mutex_consistent(lock);
	pthread_mutex_unlock(lock);
	if (pthread_mutex_lock(lock) == ENOTRECOVERABLE) /* parent takes it again */
		puts("lost for ever");
	return 0;
}

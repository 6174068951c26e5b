/* SPDX-License-Identifier: MIT */
/* Two processes take the same two locks in opposite orders; threads are held back in one process alone.
 *
 * confirm: lock-order-cycle impossible
 */
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

struct shared {
	pthread_mutex_t accounts, journal;
};

static void init(pthread_mutex_t *lock)
{
	pthread_mutexattr_t attributes;

	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(lock, &attributes);
}

static void both(pthread_mutex_t *first, pthread_mutex_t *second)
{
	pthread_mutex_lock(first);
	pthread_mutex_lock(second);
	pthread_mutex_unlock(second);
	pthread_mutex_unlock(first);
}

int main(void)
{
	struct shared *shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	init(&shared->accounts);
	init(&shared->journal);
	if (fork() == 0) {
		both(&shared->accounts, &shared->journal);
		_exit(0);
	}
	if (fork() == 0) {
		both(&shared->journal, &shared->accounts);
		_exit(0);
	}
	wait(NULL);
	wait(NULL);
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* A process that dies with the lock of all others.
 *
 * Parent and child share a page with a counter and its lock.  The child is killed in the middle of its work, by nobody's
 * mistake but memory's that had run out, let us say.  A plain mutex does not notice: whoever asks for it then waits for ever.
 *
 *     snag run -- build/examples/dead_owner
 *
 * says who had the lock, and where that process had taken it.  `snag ps PID` says of one that was started without Snag that
 * the owner is gone.
 *
 * What to change: make the mutex robust (pthread_mutexattr_setrobust), and mend the data when lock() returns EOWNERDEAD.
 *
 * expect: orphaned-lock observed error
 *   thread: main
 *     wants: at the parent waits for ever
 *   thread: main
 *     holds: at the child takes the lock
 * hangs: yes
 */
#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static struct shared {
	pthread_mutex_t lock;
	int n_done;
} *shared;

static void shared_init(void)
{
	pthread_mutexattr_t attributes;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(&shared->lock, &attributes);
}

static void child(void)
{
	pthread_mutex_lock(&shared->lock); /* the child takes the lock */
	shared->n_done++;
	raise(SIGKILL); /* the machine has run out of memory */
	pthread_mutex_unlock(&shared->lock);
}

int main(void)
{
	shared_init();
	if (fork() == 0)
		child();
	wait(NULL);
	pthread_mutex_lock(&shared->lock); /* the parent waits for ever */
	shared->n_done++;
	pthread_mutex_unlock(&shared->lock);
	return 0;
}

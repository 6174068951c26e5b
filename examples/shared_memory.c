/* SPDX-License-Identifier: MIT */
/* Two processes with two locks in their common memory.
 *
 * The writer and its child, the reader, are processes, not threads.  They take the locks of the header and of the data in
 * opposite orders, and meet with one lock each.
 *
 *     snag run -- build/examples/shared_memory
 *
 * names the circle, with both processes and their lines: the locks are known by their place in the memory, at whatever address
 * each process has it.  To one that was started without Snag
 *
 *     snag ps --tree PID
 *
 * says the same without the lines: the words of such a lock name the thread that has it, in any process.
 *
 * expect: lock-order-cycle observed error
 *   thread: main
 *     holds: at reader takes the header
 *     wants: at reader takes the data
 *   thread: main
 *     holds: at writer takes the data
 *     wants: at writer takes the header
 * hangs: yes
 */
#include <pthread.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static struct shared {
	pthread_mutex_t header, data;
	pthread_barrier_t both_have_one;
} *shared;

static void shared_init(void)
{
	pthread_mutexattr_t mutex;
	pthread_barrierattr_t barrier;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pthread_mutexattr_init(&mutex);
	pthread_mutexattr_setpshared(&mutex, PTHREAD_PROCESS_SHARED);
	pthread_mutex_init(&shared->header, &mutex);
	pthread_mutex_init(&shared->data, &mutex);
	pthread_barrierattr_init(&barrier);
	pthread_barrierattr_setpshared(&barrier, PTHREAD_PROCESS_SHARED);
	pthread_barrier_init(&shared->both_have_one, &barrier, 2);
}

static void reader(void)
{
	pthread_mutex_lock(&shared->header); /* reader takes the header */
	pthread_barrier_wait(&shared->both_have_one);
	pthread_mutex_lock(&shared->data); /* reader takes the data */
	pthread_mutex_unlock(&shared->data);
	pthread_mutex_unlock(&shared->header);
}

static void writer(void)
{
	pthread_mutex_lock(&shared->data); /* writer takes the data */
	pthread_barrier_wait(&shared->both_have_one);
	pthread_mutex_lock(&shared->header); /* writer takes the header */
	pthread_mutex_unlock(&shared->header);
	pthread_mutex_unlock(&shared->data);
}

int main(void)
{
	shared_init();
	if (fork() == 0) {
		reader();
		_exit(0);
	}
	writer();
	wait(NULL);
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* A thread pool with a map() that starves itself.
 *
 * pool_map() gives the halves of an array to the pool and waits until they are done.  From main that works, as the first
 * sum shows.  But the second sum divides the halves again, so that workers call pool_map(): each of them waits for tasks that
 * are still in the queue, and nobody is left to take them out.
 *
 *     snag run -- build/examples/thread_pool
 *
 * says that within half a second of the last one's going to sleep.  No lock is part of it: each worker holds nothing.  More
 * workers only make it rarer.
 *
 * expect: pool-starvation observed error
 *   says: waits for work that it gave to its own pool, in which all threads wait
 *   threads: 2
 * prints: sum of 1000 numbers: 499500
 * hangs: yes
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>

enum { N_WORKERS = 2, N_NUMBERS = 1000, QUEUE_SIZE = 64 };

struct task {
	const int *numbers;
	int n, depth;
	long sum;
	sem_t is_done;
};

static struct {
	pthread_mutex_t lock;
	pthread_cond_t is_filled, are_idle;
	struct task *tasks[QUEUE_SIZE];
	int first, n, n_idle;
} queue = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.is_filled = PTHREAD_COND_INITIALIZER,
	.are_idle = PTHREAD_COND_INITIALIZER,
};

static pthread_barrier_t both_work;

static void queue_put(struct task *task)
{
	pthread_mutex_lock(&queue.lock);
	queue.tasks[(queue.first + queue.n++) % QUEUE_SIZE] = task;
	pthread_cond_signal(&queue.is_filled);
	pthread_mutex_unlock(&queue.lock);
}

static struct task *queue_take(void)
{
	struct task *task;

	pthread_mutex_lock(&queue.lock);
	while (!queue.n) {
		queue.n_idle++;
		pthread_cond_signal(&queue.are_idle);
		pthread_cond_wait(&queue.is_filled, &queue.lock);
		queue.n_idle--;
	}
	task = queue.tasks[queue.first];
	queue.first = (queue.first + 1) % QUEUE_SIZE;
	queue.n--;
	pthread_mutex_unlock(&queue.lock);
	return task;
}

/* Has both halves summed up by the pool. */
static long pool_map(const int *numbers, int n, int depth)
{
	struct task halves[2] = {{.numbers = numbers, .n = n / 2, .depth = depth},
				 {.numbers = numbers + n / 2, .n = n - n / 2, .depth = depth}};

	for (int i = 0; i < 2; i++) {
		sem_init(&halves[i].is_done, 0, 0);
		queue_put(&halves[i]);
	}
	for (int i = 0; i < 2; i++)
		sem_wait(&halves[i].is_done);
	return halves[0].sum + halves[1].sum;
}

static void task_run(struct task *task)
{
	if (task->depth) {
		pthread_barrier_wait(&both_work);
		task->sum = pool_map(task->numbers, task->n, task->depth - 1);
	} else {
		for (int i = 0; i < task->n; i++)
			task->sum += task->numbers[i];
	}
}

static void *worker(void *arg)
{
	for (;;) {
		struct task *task = queue_take();

		task_run(task);
		sem_post(&task->is_done);
	}
	return NULL;
}

/* Returns when all workers wait for tasks: only then is it told from what they do that this is a pool. */
static void pool_start(void)
{
	pthread_t thread;

	pthread_barrier_init(&both_work, NULL, N_WORKERS);
	for (int i = 0; i < N_WORKERS; i++)
		pthread_create(&thread, NULL, worker, NULL);
	pthread_mutex_lock(&queue.lock);
	while (queue.n_idle < N_WORKERS)
		pthread_cond_wait(&queue.are_idle, &queue.lock);
	pthread_mutex_unlock(&queue.lock);
}

int main(void)
{
	static int numbers[N_NUMBERS];

	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = 0; i < N_NUMBERS; i++)
		numbers[i] = i;
	pool_start();
	printf("sum of %d numbers: %ld\n", N_NUMBERS, pool_map(numbers, N_NUMBERS, 0));
	printf("once more: %ld\n", pool_map(numbers, N_NUMBERS, 1));
	return 0;
}

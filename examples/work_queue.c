/* SPDX-License-Identifier: MIT */
/* Four workers share a queue and a result, and nothing is wrong with it.
 *
 * Each takes the queue's lock to get a number, and the result's lock inside it to book what it got: always in that
 * order. This is what Snag says about a program in which it finds nothing:
 *
 *     snag run -- build/examples/work_queue
 *
 * No finding, and the program's own exit status.  That is no proof: Snag judges what it has seen, which here is the
 * only order that there is.
 *
 * expect: clean
 * prints: 100 numbers, their sum is 5050
 */
#include <pthread.h>
#include <stdio.h>

enum { N_WORKERS = 4, N_NUMBERS = 100 };

static struct {
	pthread_mutex_t lock;
	int next;
} queue = {.lock = PTHREAD_MUTEX_INITIALIZER, .next = 1};

static struct {
	pthread_mutex_t lock;
	int count, sum;
} result = {.lock = PTHREAD_MUTEX_INITIALIZER};

static int take_one(void)
{
	int number = 0;

	pthread_mutex_lock(&queue.lock);
	if (queue.next <= N_NUMBERS) {
		number = queue.next++;
		pthread_mutex_lock(&result.lock);
		result.count++;
		result.sum += number;
		pthread_mutex_unlock(&result.lock);
	}
	pthread_mutex_unlock(&queue.lock);
	return number;
}

static void *worker(void *arg)
{
	while (take_one())
		;
	return NULL;
}

int main(void)
{
	pthread_t workers[N_WORKERS];

	for (int i = 0; i < N_WORKERS; i++)
		pthread_create(&workers[i], NULL, worker, NULL);
	for (int i = 0; i < N_WORKERS; i++)
		pthread_join(workers[i], NULL);
	printf("%d numbers, their sum is %d\n", result.count, result.sum);
	return 0;
}

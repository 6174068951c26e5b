/* SPDX-License-Identifier: MIT */
/* Threads that were created at one place take turns, as those of an interpreter do, and then wait for what nobody brings.
 *
 * They signal each other that it is somebody's turn, which is no work: whoever waits for it has something in his hands.
 *
 * expect: nobody-to-wake observed error
 *   thread: worker
 *     wants: news at a worker waits for news
 *   thread: worker
 *     wants: news at a worker waits for news
 *   thread: main
 *     wants: at main joins
 * hangs: yes
 */
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdbool.h>

enum { N_WORKERS = 2 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turn = PTHREAD_COND_INITIALIZER;
static bool is_taken;
static int n_waiting;
static sem_t lives[N_WORKERS], news;

static void take_turn(void)
{
	pthread_mutex_lock(&lock);
	n_waiting++;
	while (is_taken)
		pthread_cond_wait(&turn, &lock);
	n_waiting--;
	is_taken = true;
	pthread_mutex_unlock(&lock);
}

static void give_turn(void)
{
	pthread_mutex_lock(&lock);
	is_taken = false;
	pthread_cond_signal(&turn);
	pthread_mutex_unlock(&lock);
}

static bool do_all_wait(void)
{
	bool do_they;

	pthread_mutex_lock(&lock);
	do_they = n_waiting == N_WORKERS;
	pthread_mutex_unlock(&lock);
	return do_they;
}

static void *worker(void *life)
{
	sem_wait(life);
	take_turn();
	give_turn();
	sem_wait(&news); /* a worker waits for news */
	sem_post(life);
	return NULL;
}

int main(void)
{
	pthread_t workers[N_WORKERS];

	sem_init(&news, 0, 0);
	take_turn();
	for (int i = 0; i < N_WORKERS; i++) {
		sem_init(&lives[i], 0, 1);
		pthread_create(&workers[i], NULL, worker, &lives[i]);
	}
	while (!do_all_wait())
		sched_yield();
	give_turn();
	for (int i = 0; i < N_WORKERS; i++)
		sched_yield();
	for (int i = 0; i < N_WORKERS; i++)
		pthread_join(workers[i], NULL); /* main joins */
	return 0;
}

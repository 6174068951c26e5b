/* SPDX-License-Identifier: MIT */
/* Threads that were created at one place take turns, and then wait for what main brings.
 *
 * Twin of pool_takes_turns.c.
 *
 * expect: clean
 */
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdbool.h>

enum { N_WORKERS = 2 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t turn = PTHREAD_COND_INITIALIZER;
static bool is_taken, have_all_waited;
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

/* Keeps its turn until all others have waited for theirs. */
static bool may_go_on(void)
{
	bool may;

	pthread_mutex_lock(&lock);
	have_all_waited |= n_waiting == N_WORKERS;
	may = have_all_waited;
	pthread_mutex_unlock(&lock);
	return may;
}

static bool has_begun(void)
{
	bool has;

	pthread_mutex_lock(&lock);
	has = is_taken || have_all_waited;
	pthread_mutex_unlock(&lock);
	return has;
}

static void *worker(void *life)
{
	take_turn();
	sem_wait(life);
	while (!may_go_on())
		sched_yield();
	give_turn();
	sem_wait(&news); /* a worker waits for news */
	sem_post(life);
	return NULL;
}

int main(void)
{
	pthread_t workers[N_WORKERS];

	sem_init(&news, 0, 0);
	for (int i = 0; i < N_WORKERS; i++) {
		sem_init(&lives[i], 0, 1);
		pthread_create(&workers[i], NULL, worker, &lives[i]);
	}
	while (!has_begun())
		sched_yield();
	take_turn();
	give_turn();
	for (int i = 0; i < N_WORKERS; i++)
		sem_post(&news);
	for (int i = 0; i < N_WORKERS; i++)
		pthread_join(workers[i], NULL); /* main joins */
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* Five philosophers each take the fork on their left and wait for the one on their right.
 *
 * expect: deadlock
 *   thread: seat0
 *     holds: forks[0] at takes the left fork
 *     wants: forks[1] at waits for the right fork
 *   thread: seat1
 *     holds: forks[1] at takes the left fork
 *     wants: forks[2] at waits for the right fork
 *   thread: seat2
 *     holds: forks[2] at takes the left fork
 *     wants: forks[3] at waits for the right fork
 *   thread: seat3
 *     holds: forks[3] at takes the left fork
 *     wants: forks[4] at waits for the right fork
 *   thread: seat4
 *     holds: forks[4] at takes the left fork
 *     wants: forks[0] at waits for the right fork
 *   behind: main
 */
#include "stage.h"

enum { SEATS = 5 };

static pthread_mutex_t forks[SEATS];

static void *philosopher(void *left_fork)
{
	pthread_mutex_t *left = left_fork;
	unsigned char seat = (unsigned char)(left - forks);
	char name[16];

	snprintf(name, sizeof(name), "seat%u", seat);
	stage_name(name);
	pthread_mutex_lock(left); /* takes the left fork */
	stage_meet();
	pthread_mutex_lock(&forks[(seat + 1) % SEATS]); /* waits for the right fork */
	pthread_mutex_unlock(&forks[(seat + 1) % SEATS]);
	pthread_mutex_unlock(left);
	return NULL;
}

int main(void)
{
	pthread_t threads[SEATS];
	char name[16];

	stage_open(SEATS);
	stage_name("main");
	for (int i = 0; i < SEATS; i++) {
		snprintf(name, sizeof(name), "forks[%d]", i);
		stage_lock(name, &forks[i]);
		pthread_mutex_init(&forks[i], NULL);
	}
	for (int i = 0; i < SEATS; i++)
		pthread_create(&threads[i], NULL, philosopher, &forks[i]);
	for (int i = 0; i < SEATS; i++)
		pthread_join(threads[i], NULL);
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* A thread sleeps with a semaphore in its hand that it took when it began, and gives back when it ends: a sign of life.
 *
 * Twin of held_semaphore.c: it is nothing that others need for their work.
 *
 * expect: clean
 */
#include <semaphore.h>
#include <unistd.h>

static sem_t lock;

int main(void)
{
	sem_init(&lock, 0, 1);
	sem_wait(&lock); /* main takes it */
	usleep(200000); /* main sleeps */
	sem_post(&lock);
	return 0;
}

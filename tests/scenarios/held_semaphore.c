/* SPDX-License-Identifier: MIT */
/* A thread sleeps with a semaphore in its hand that is used as a lock: it has been taken and given back.
 *
 * expect: held-while-blocking observed warning
 *   thread: main
 *     holds: lock at main takes it
 *     wants: lock at main sleeps
 */
#include <semaphore.h>
#include <unistd.h>

static sem_t lock;

int main(void)
{
	sem_init(&lock, 0, 1);
	sem_wait(&lock);
	sem_post(&lock);
	sem_wait(&lock); /* main takes it */
	usleep(200000); /* main sleeps */
	sem_post(&lock);
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* A process takes a semaphore for good, and closes it: its memory is gone when the process ends.
 *
 * Twin of sem_named_left.c: closed.
 *
 * expect: clean
 * prints: taken
 */
#include <fcntl.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	char name[32];
	int status;
	sem_t *turn;

	snprintf(name, sizeof(name), "/snag-scenario.%d", getpid());
	turn = sem_open(name, O_CREAT | O_EXCL, 0600, 1);
	sem_unlink(name);
	if (fork() == 0) {
		sem_wait(turn); /* child takes it */
		sem_close(turn);
		exit(0);
	}
	wait(&status);
	puts(WIFEXITED(status) && sem_trywait(turn) ? "taken" : "free");
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* Two processes wait for each other to post a named semaphore; one of them has been posted already.
 *
 * Twin of sem_named_hang.c.
 *
 * expect: clean
 */
#include "family.h"
#include <fcntl.h>
#include <semaphore.h>
#include <stdio.h>

static sem_t *ping, *pong;

static sem_t *open_nameless(const char *what, unsigned value)
{
	char name[64];
	sem_t *semaphore;

	snprintf(name, sizeof(name), "/snag-%s-%d", what, getpid());
	semaphore = sem_open(name, O_CREAT | O_EXCL, 0600, value);
	sem_unlink(name);
	return semaphore;
}

static void first(void)
{
	sem_wait(pong); /* first waits */
	sem_post(ping);
}

static void second(void)
{
	sem_wait(ping); /* second waits */
	sem_post(pong);
}

int main(void)
{
	ping = open_nameless("ping", 1);
	pong = open_nameless("pong", 0);
	return family_run(first, second);
}

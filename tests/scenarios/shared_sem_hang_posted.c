/* SPDX-License-Identifier: MIT */
/* Two processes wait for each other to post, but one of them posts first.
 *
 * Twin of shared_sem_hang.c.
 *
 * expect: clean
 */
#include "family.h"
#include <semaphore.h>

static sem_t *ping, *pong;

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
	ping = family_memory(sizeof(*ping));
	pong = family_memory(sizeof(*pong));
	sem_init(ping, 1, 1);
	sem_init(pong, 1, 0);
	return family_run(first, second);
}

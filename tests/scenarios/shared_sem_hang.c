/* SPDX-License-Identifier: MIT */
/* Two processes wait for each other to post first.
 *
 * No lock is held, and no circle closes; but nobody else has these semaphores.
 *
 * expect: nobody-to-wake observed error
 *   thread: main
 *     wants: at first waits
 *   thread: main
 *     wants: at second waits
 *   thread: main
 * hangs: yes
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
	sem_init(ping, 1, 0);
	sem_init(pong, 1, 0);
	return family_run(first, second);
}

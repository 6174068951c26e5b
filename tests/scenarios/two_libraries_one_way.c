/* SPDX-License-Identifier: MIT */
/* Two libraries, of which only one calls the other with its lock in hand.
 *
 * Twin of two_libraries.c: the auditor asks for what can be had without a lock.
 *
 * expect: clean
 */
#include "lib_audit.h"
#include "lib_ledger.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>

static atomic_int finished;

static void *clerk(void *arg)
{
	ledger_add(100); /* clerk adds */
	finished++;
	return NULL;
}

static void *auditor(void *arg)
{
	audit_compare(ledger_last); /* auditor compares */
	return NULL;
}

int main(void)
{
	pthread_t one, two;

	pthread_create(&one, NULL, clerk, NULL);
	while (!finished)
		sched_yield();
	pthread_create(&two, NULL, auditor, NULL);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	return 0;
}

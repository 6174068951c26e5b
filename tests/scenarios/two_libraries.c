/* SPDX-License-Identifier: MIT */
/* Two libraries call each other with their locks in hand, and neither knows of the other's lock.
 *
 * expect: lock-order-cycle possible error
 *   thread: clerk
 *     holds: ledger.lock at ledger_add takes the ledger < clerk adds
 *     wants: audit.lock at audit_note takes the audit < ledger_add tells the auditor < clerk adds
 *   thread: auditor
 *     holds: audit.lock at audit_compare takes the audit < auditor compares
 *     wants: ledger.lock at ledger_total takes the ledger < audit_compare asks for the total < auditor compares
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
	audit_compare(ledger_total); /* auditor compares */
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

/* SPDX-License-Identifier: MIT */
/* The books: one lock over a sum. */
#include "lib_ledger.h"
#include "lib_audit.h"

#include <pthread.h>

static struct {
	long total, last;
	pthread_mutex_t lock;
} ledger = {.lock = PTHREAD_MUTEX_INITIALIZER};

void ledger_add(long amount)
{
	pthread_mutex_lock(&ledger.lock); /* ledger_add takes the ledger */
	ledger.total += amount;
	ledger.last = amount;
	audit_note(amount); /* ledger_add tells the auditor */
	pthread_mutex_unlock(&ledger.lock);
}

long ledger_total(void)
{
	long total;

	pthread_mutex_lock(&ledger.lock); /* ledger_total takes the ledger */
	total = ledger.total;
	pthread_mutex_unlock(&ledger.lock);
	return total;
}

long ledger_last(void)
{
	return ledger.last;
}

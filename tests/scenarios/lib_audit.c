/* SPDX-License-Identifier: MIT */
/* The auditor: one lock over what was seen. */
#include "lib_audit.h"

#include <pthread.h>

static struct {
	pthread_mutex_t lock;
	long seen;
} audit = {.lock = PTHREAD_MUTEX_INITIALIZER};

void audit_note(long amount)
{
	pthread_mutex_lock(&audit.lock); /* audit_note takes the audit */
	audit.seen += amount;
	pthread_mutex_unlock(&audit.lock);
}

long audit_compare(long (*total)(void))
{
	long difference;

	pthread_mutex_lock(&audit.lock); /* audit_compare takes the audit */
	difference = total() - audit.seen; /* audit_compare asks for the total */
	pthread_mutex_unlock(&audit.lock);
	return difference;
}

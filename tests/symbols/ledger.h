/* SPDX-License-Identifier: MIT */
/* A library's structure with locks, and a function that calls back. */
#ifndef SNAG_TEST_LEDGER_H
#define SNAG_TEST_LEDGER_H

#include <pthread.h>

struct ledger {
	long n;
	struct entry {
		long sum;
		pthread_mutex_t lock;
	} entries[4];
};

void ledger_each(void (*visit)(void));

#endif

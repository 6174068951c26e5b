/* SPDX-License-Identifier: MIT */
/* A library that keeps the books, and tells another one about each entry. */
#ifndef LIB_LEDGER_H
#define LIB_LEDGER_H

void ledger_add(long amount);
long ledger_total(void); /* waits for whoever is writing */
long ledger_last(void); /* does not wait */

#endif

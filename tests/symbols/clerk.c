/* SPDX-License-Identifier: MIT */
/* A program with a shared library.  The library's variable lies in the program, which only declares it: the linker has
 * made a copy relocation, as it does for programs that are not compiled with -fPIC. */
#include "ledger.h"
#include "witness.h"

extern struct ledger ledger; /* ledger */

static void visit(void)
{
	CALLED_IN("visit@visiting"); /* visiting */
}

int main(void)
{
	WITNESS_MODULES();
	LOCK(ledger, .entries[2].lock, "struct entry::lock");
	LOCK(ledger, .n, "struct ledger::n");
	ledger_each(visit);
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* Functions and variables with the names that other languages, and optimisers, give them. */
#include "witness.h"

#define SYMBOL(function, symbol) void function(void) __asm__(symbol)

SYMBOL(rust, "_RNvNtCs1234_7mycrate3foo3bar");
SYMBOL(old_rust, "_ZN7mycrate3foo3bar17h0123456789abcdefE");
SYMBOL(cxx, "_ZN4bank7account7depositIiEEvT_");
SYMBOL(part, "transfer.part.0");
SYMBOL(clone, "_ZNK4bank5drain3runEv.constprop.0");

static int guarded __asm__("_ZGVZN4bank4openEvE5vault");
static int shut __asm__("vault.7");

__attribute__((noinline)) void rust(void)
{
	CALLED_IN("mycrate::foo::bar@rust");
}

__attribute__((noinline)) void old_rust(void)
{
	CALLED_IN("mycrate::foo::bar@old rust");
}

__attribute__((noinline)) void cxx(void)
{
	CALLED_IN("bank::account::deposit<int>@cxx");
}

__attribute__((noinline)) void part(void)
{
	CALLED_IN("transfer@part");
}

__attribute__((noinline)) void clone(void)
{
	CALLED_IN("bank::drain::run@clone");
}

int main(void)
{
	WITNESS_MODULES();
	NAMED_LOCK("guard variable for bank::open()::vault", guarded, , NULL);
	NAMED_LOCK("vault.7", shut, , NULL);
	rust();
	old_rust();
	cxx();
	part();
	clone();
	return 0;
}

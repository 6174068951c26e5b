/* SPDX-License-Identifier: MIT */
/* Says where the things of hostile.S are. */
#include "witness.h"

extern char ring[64], doll[64], tree[64], origin[64];
void maze(void (*visit)(void));

static void visit(void)
{
	CALLED_IN("visit@visit");
	printf("call|%lx|maze@maze\n", (unsigned long)__builtin_return_address(0));
}

int main(void)
{
	WITNESS_MODULES();
	LOCK(ring, [5], NULL);
	LOCK(doll, [5], NULL);
	LOCK(tree, [5], NULL);
	LOCK(origin, [5], NULL);
	maze(visit);
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* Looks on as the loader works, for LD_AUDIT.  Programs that have it get little thread-local memory for what is preloaded. */
#include <link.h>

unsigned la_version(unsigned version)
{
	return version < LAV_CURRENT ? version : LAV_CURRENT;
}

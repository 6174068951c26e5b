/* SPDX-License-Identifier: MIT */
/* Five threads in a ring each take two neighbouring locks, the one with the lower number first.
 *
 * Twin of ring5.c: the last thread reaches for the first lock first.
 *
 * expect: clean
 */
#define SIZE		      5
#define IS_ORDERED(own, next) ((own) < (next))
#include "ring.h"

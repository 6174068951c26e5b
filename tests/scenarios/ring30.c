/* SPDX-License-Identifier: MIT */
/* Thirty threads in a ring each take the lock of their own and then the next one.
 *
 * expect: lock-order-cycle possible error
 *   threads: 30
 */
#define SIZE		      30
#define IS_ORDERED(own, next) 1
#include "ring.h"

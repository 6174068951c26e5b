/* SPDX-License-Identifier: MIT */
/* Three hundred threads in a ring each take the lock of their own and then the next one.
 *
 * expect: lock-order-cycle possible error
 *   threads: 300
 */
#define SIZE		      300
#define IS_ORDERED(own, next) 1
#include "ring.h"

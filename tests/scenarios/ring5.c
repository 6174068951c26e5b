/* SPDX-License-Identifier: MIT */
/* Five threads in a ring each take the lock of their own and then the next one.
 *
 * expect: lock-order-cycle possible error
 *   thread: thread
 *     holds: locks[0] at takes the first
 *     wants: locks[1] at takes the second
 *   thread: thread
 *     holds: locks[1] at takes the first
 *     wants: locks[2] at takes the second
 *   thread: thread
 *     holds: locks[2] at takes the first
 *     wants: locks[3] at takes the second
 *   thread: thread
 *     holds: locks[3] at takes the first
 *     wants: locks[4] at takes the second
 *   thread: thread
 *     holds: locks[4] at takes the first
 *     wants: locks[0] at takes the second
 */
#define SIZE		      5
#define IS_ORDERED(own, next) 1
#include "ring.h"

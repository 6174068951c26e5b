/* SPDX-License-Identifier: MIT */
/* A library's constructor starts a thread; this thread and main take two locks in opposite orders.
 *
 * expect: lock-order-cycle possible error
 *   thread: early
 *     holds: early_a at early takes a
 *     wants: early_b at early takes b
 *   thread: main
 *     holds: early_b at main takes b
 *     wants: early_a at main takes a
 */
#include "lib_early.h"

int main(void)
{
	pthread_mutex_lock(&early_b); /* main takes b */
	pthread_mutex_lock(&early_a); /* main takes a */
	pthread_mutex_unlock(&early_a);
	pthread_mutex_unlock(&early_b);
	pthread_join(early_thread, NULL);
	return 0;
}

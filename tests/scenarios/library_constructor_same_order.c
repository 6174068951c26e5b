/* SPDX-License-Identifier: MIT */
/* A library's constructor starts a thread; this thread and main take two locks in one order.
 *
 * Twin of library_constructor.c: main takes a first.
 *
 * expect: clean
 */
#include "lib_early.h"

int main(void)
{
	pthread_mutex_lock(&early_a); /* main takes a */
	pthread_mutex_lock(&early_b); /* main takes b */
	pthread_mutex_unlock(&early_a);
	pthread_mutex_unlock(&early_b);
	pthread_join(early_thread, NULL);
	return 0;
}

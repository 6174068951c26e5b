/* SPDX-License-Identifier: MIT */
/* Main waits for the end of a thread, and that for the end of another, which waits for nobody.
 *
 * Twin of join_ring.c: `second` does not join.
 *
 * expect: clean
 */
#include <pthread.h>

static pthread_t main_thread, one, two;
static pthread_barrier_t all_are_known;

static void *first(void *arg)
{
	pthread_barrier_wait(&all_are_known);
	pthread_join(two, NULL); /* first joins */
	return NULL;
}

static void *second(void *arg)
{
	pthread_barrier_wait(&all_are_known);
	return NULL;
}

int main(void)
{
	main_thread = pthread_self();
	pthread_barrier_init(&all_are_known, NULL, 3);
	pthread_create(&one, NULL, first, NULL);
	pthread_create(&two, NULL, second, NULL);
	pthread_barrier_wait(&all_are_known);
	pthread_join(one, NULL); /* main joins */
	return 0;
}

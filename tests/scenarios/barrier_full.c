/* SPDX-License-Identifier: MIT */
/* Two threads come to a barrier for two.
 *
 * Twin of barrier_short.c: counted right.
 *
 * expect: clean
 */
#include <pthread.h>

static pthread_barrier_t all_here;

static void *party(void *arg)
{
	pthread_barrier_wait(&all_here); /* party comes */
	return NULL;
}

int main(void)
{
	pthread_t one, two;

	pthread_barrier_init(&all_here, NULL, 2);
	pthread_create(&one, NULL, party, NULL);
	pthread_create(&two, NULL, party, NULL);
	pthread_join(one, NULL); /* main joins */
	pthread_join(two, NULL);
	return 0;
}

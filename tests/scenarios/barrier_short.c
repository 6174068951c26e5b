/* SPDX-License-Identifier: MIT */
/* Two threads come to a barrier for three.
 *
 * No circle closes here: that nobody is left to go on is seen from outside.
 *
 * expect: nobody-to-wake observed error
 *   thread: main
 *     wants: at main joins
 *   thread: party
 *     wants: all_here at party comes
 *   thread: party
 *     wants: all_here at party comes
 * hangs: yes
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

	pthread_barrier_init(&all_here, NULL, 3);
	pthread_create(&one, NULL, party, NULL);
	pthread_create(&two, NULL, party, NULL);
	pthread_join(one, NULL); /* main joins */
	pthread_join(two, NULL);
	return 0;
}

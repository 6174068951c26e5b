/* SPDX-License-Identifier: MIT */
/* Main waits for the end of a thread, that for the end of another, and that for the end of main.
 *
 * Two that join each other are told so by the C library; three are not.
 *
 * expect: join-cycle observed error
 *   thread: main
 *     wants: at main joins
 *   thread: first
 *     wants: at first joins
 *   thread: second
 *     wants: at second joins
 * hangs: yes
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
	pthread_join(main_thread, NULL); /* second joins */
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

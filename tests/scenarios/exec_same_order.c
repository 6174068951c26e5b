/* SPDX-License-Identifier: MIT */
/* A program starts itself again in its own place, and takes two locks in one order.
 *
 * Twin of exec_in_place.c: `second` takes a first.
 *
 * expect: clean
 * exit: 7
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <unistd.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;
static atomic_int finished;

static void *first(void *arg)
{
	pthread_mutex_lock(&a); /* first takes a */
	pthread_mutex_lock(&b); /* first takes b */
	pthread_mutex_unlock(&b);
	pthread_mutex_unlock(&a);
	finished++;
	return NULL;
}

static void *second(void *arg)
{
	pthread_mutex_lock(&a); /* second takes a */
	pthread_mutex_lock(&b); /* second takes b */
	pthread_mutex_unlock(&a);
	pthread_mutex_unlock(&b);
	finished++;
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t one, two;

	if (argc == 1) {
		pthread_mutex_lock(&a);
		execl("/proc/self/exe", argv[0], "again", NULL);
		return 1;
	}
	pthread_create(&one, NULL, first, NULL);
	while (!finished)
		sched_yield();
	pthread_create(&two, NULL, second, NULL);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	return 7;
}

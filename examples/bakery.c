/* SPDX-License-Identifier: MIT */
/* Three bakers, one oven: a program to be stepped through (inside.md, stepping.md).
 *
 * The oven and the loaves have a lock, and everybody keeps to it.  Flour has none: each baker takes some, and now and
 * then two take the same.
 *
 *     snag run -- build/examples/bakery
 *
 * Snag's report has nothing to say, as it is about locks: nothing can hang here.  What is wrong is found in GDB, with
 * `snag watch flour`.  With an argument, the baker of that number drops into GDB when the door has opened.
 *
 * expect: clean
 * prints: 9 loaves
 */
#include <pthread.h>
#include <semaphore.h>
#include <snag/snag.h>
#include <stdio.h>
#include <stdlib.h>

enum { N_BAKERS = 3, N_LOAVES = 3 };

static struct {
	pthread_mutex_t lock;
	int n_loaves;
} oven = {PTHREAD_MUTEX_INITIALIZER, 0};

static pthread_mutex_t door = PTHREAD_MUTEX_INITIALIZER;
static sem_t has_come;
static int flour = 100;
static int stops; /* the baker who is to stop, from 1; 0 for nobody */

static void bake(int baker, int loaf)
{
	flour--;
	pthread_mutex_lock(&oven.lock);
	oven.n_loaves++;
	pthread_mutex_unlock(&oven.lock);
}

static void *work(void *argument)
{
	int baker = *(int *)argument;

	sem_post(&has_come);
	pthread_mutex_lock(&door);
	pthread_mutex_unlock(&door);
	if (baker == stops)
		snag_breakpoint(); /* stops */
	for (int loaf = 1; loaf <= N_LOAVES; loaf++)
		bake(baker, loaf);
	return NULL; /* goes home */
}

static void hire(pthread_t *ret_baker, int *number)
{
	char name[16];

	pthread_create(ret_baker, NULL, work, number);
	snprintf(name, sizeof(name), "baker-%d", *number);
	pthread_setname_np(*ret_baker, name);
	sem_wait(&has_come);
}

int main(int argc, char **argv)
{
	static int numbers[] = {1, 2, 3};
	pthread_t bakers[N_BAKERS];

	stops = argc > 1 ? atoi(argv[1]) : 0;
	sem_init(&has_come, 0, 0);
	pthread_mutex_lock(&door);
	for (int i = 0; i < N_BAKERS; i++)
		hire(&bakers[i], &numbers[i]);
	pthread_mutex_unlock(&door); /* opens the door */
	for (int i = 0; i < N_BAKERS; i++)
		pthread_join(bakers[i], NULL);
	printf("%d loaves\n", oven.n_loaves);
	return 0;
}

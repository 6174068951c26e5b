/* SPDX-License-Identifier: MIT */
/* Three bakers, one oven: the program of the tutorial for GDB (tutorial.md).
 *
 * The oven and the loaves have a lock, and everybody keeps to it.  Flour has none: each baker takes some, and now and
 * then two take the same.
 *
 *     snag run -- build/examples/bakery
 *
 * Snag's report has nothing to say, as it is about locks: nothing can hang here.  What is wrong is found in GDB, with
 * `snag watch flour`.  With an argument, the baker of that number stops at his second loaf and drops into GDB.
 *
 * expect: clean
 * prints: 9 loaves
 */
#include <pthread.h>
#include <snag/snag.h>
#include <stdio.h>
#include <stdlib.h>

enum { N_BAKERS = 3, N_LOAVES = 3 };

static struct {
	pthread_mutex_t lock;
	int n_loaves;
} oven = {PTHREAD_MUTEX_INITIALIZER, 0};

static int flour = 100;
static int stops; /* the baker who is to stop, from 1; 0 for nobody */

static void bake(int baker, int loaf)
{
	flour--; /* takes flour */
	pthread_mutex_lock(&oven.lock); /* opens the oven */
	oven.n_loaves++; /* bakes */
	pthread_mutex_unlock(&oven.lock); /* closes the oven */
}

static void *work(void *argument)
{
	int baker = *(int *)argument;
	char name[16];

	snprintf(name, sizeof(name), "baker-%d", baker);
	pthread_setname_np(pthread_self(), name);
	for (int loaf = 1; loaf <= N_LOAVES; loaf++) {
		if (baker == stops && loaf == 2)
			snag_breakpoint(); /* stops */
		bake(baker, loaf);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	static int numbers[N_BAKERS];
	pthread_t bakers[N_BAKERS];

	stops = argc > 1 ? atoi(argv[1]) : 0;
	for (int i = 0; i < N_BAKERS; i++) {
		numbers[i] = i + 1;
		pthread_create(&bakers[i], NULL, work, &numbers[i]);
	}
	for (int i = 0; i < N_BAKERS; i++)
		pthread_join(bakers[i], NULL);
	printf("%d loaves\n", oven.n_loaves);
	return 0;
}

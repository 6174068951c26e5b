/* SPDX-License-Identifier: MIT */
/* Two runners, each at its own pace; at the end of every lap they write into one book: what control_test.py steers.
 *
 * Nothing orders them but the lock of the book.
 */
#include "stage.h"

enum { N_LAPS = 3 };

static struct {
	pthread_mutex_t lock;
	int n_laps;
} book = {PTHREAD_MUTEX_INITIALIZER, 0};

static void __attribute__((noinline)) write_down(const char *name, int round)
{
	book.n_laps++; /* writes */
}

static void __attribute__((noinline)) lap(const char *name, int round)
{
	pthread_mutex_lock(&book.lock); /* opens the book */
	write_down(name, round);
	pthread_mutex_unlock(&book.lock); /* closes the book */
}

static void *run(void *argument)
{
	const char *name;

	stage_name(argument);
	stage_meet();
	name = argument; /* sets off */
	for (int round = 0; round < N_LAPS; round++)
		lap(name, round);
	return NULL; /* has run */
}

int main(void)
{
	pthread_t hare, tortoise;

	stage_open(2);
	pthread_create(&hare, NULL, run, "hare");
	pthread_create(&tortoise, NULL, run, "tortoise");
	pthread_join(hare, NULL);
	pthread_join(tortoise, NULL);
	printf("%d laps\n", book.n_laps);
	return 0;
}

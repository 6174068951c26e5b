/* SPDX-License-Identifier: MIT */
/* Threads that take locks in all sorts of orders, one thread after the other: what locks_test.py stops.
 *
 * "up" takes the attic with the cellar held, "down" the cellar with the attic held: that is an inversion.  "in" and "out" do
 * the same to the door and the gate, with the key held: that is none.
 */
#include "stage.h"

#include <snag/snag.h>

struct house {
	pthread_mutex_t cellar, attic, door, gate, key;
};

static struct house house = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER,
			     PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};

static void __attribute__((noinline)) take_both(pthread_mutex_t *first, pthread_mutex_t *second)
{
	pthread_mutex_lock(first); /* takes one */
	pthread_mutex_lock(second); /* takes another */
	pthread_mutex_unlock(second);
	pthread_mutex_unlock(first); /* gives one back */
}

static void *up(void *unused)
{
	stage_name("up");
	take_both(&house.cellar, &house.attic); /* goes up */
	return NULL;
}

static void *down(void *unused)
{
	stage_name("down");
	take_both(&house.attic, &house.cellar); /* goes down */
	return NULL;
}

static void *in(void *unused)
{
	stage_name("in");
	pthread_mutex_lock(&house.key);
	take_both(&house.gate, &house.door);
	pthread_mutex_unlock(&house.key);
	return NULL;
}

static void *out(void *unused)
{
	stage_name("out");
	pthread_mutex_lock(&house.key);
	take_both(&house.door, &house.gate);
	pthread_mutex_unlock(&house.key);
	return NULL;
}

int main(void)
{
	void *(*const steps[])(void *) = {in, out, up, down};
	pthread_t thread;

	snag_name_lock(&house.key, "the master key");
	for (int i = 0; i < 4; i++) {
		pthread_create(&thread, NULL, steps[i], NULL);
		pthread_join(thread, NULL);
	}
	puts("at home");
	return 0;
}

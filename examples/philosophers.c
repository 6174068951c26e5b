/* SPDX-License-Identifier: MIT */
/* Five philosophers share five forks, and get away with it.
 *
 * Each sits between two forks and needs both to eat, the left one first.  Today they come to the table one after the
 * other, so everybody eats.  On the day when all five sit down together and take their left forks, nobody ever will.
 * The program ends well and its tests are green; Snag has seen enough all the same:
 *
 *     snag run -- build/examples/philosophers
 *
 * The report names the five forks, which philosopher held which of them and reached for which, and the two lines
 * below.  `snag run` returns 66, so that a build server can take notice; `snag confirm` brings that day about.
 *
 * What to change: let one philosopher take the right fork first, or everybody the fork with the lower number.
 *
 * expect: lock-order-cycle possible error
 *   thread: Aristotle
 *     holds: forks[0] at takes the left fork
 *     wants: forks[1] at takes the right fork
 *   thread: Epicurus
 *     holds: forks[1] at takes the left fork
 *     wants: forks[2] at takes the right fork
 *   thread: Hypatia
 *     holds: forks[2] at takes the left fork
 *     wants: forks[3] at takes the right fork
 *   thread: Plato
 *     holds: forks[3] at takes the left fork
 *     wants: forks[4] at takes the right fork
 *   thread: Thales
 *     holds: forks[4] at takes the left fork
 *     wants: forks[0] at takes the right fork
 * prints: Aristotle has eaten
 * prints: Epicurus has eaten
 * prints: Hypatia has eaten
 * prints: Plato has eaten
 * prints: Thales has eaten
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

enum { SEATS = 5, PATIENCE_MS = 50 };

static pthread_mutex_t forks[SEATS];
static atomic_int n_satisfied;

static struct philosopher {
	const char *name;
	pthread_mutex_t *left, *right;
	pthread_t thread;
} philosophers[SEATS] = {
	{.name = "Aristotle", .left = &forks[0], .right = &forks[1]},
	{.name = "Epicurus", .left = &forks[1], .right = &forks[2]},
	{.name = "Hypatia", .left = &forks[2], .right = &forks[3]},
	{.name = "Plato", .left = &forks[3], .right = &forks[4]},
	{.name = "Thales", .left = &forks[4], .right = &forks[0]},
};

static void *eat(void *arg)
{
	struct philosopher *me = arg;

	pthread_setname_np(pthread_self(), me->name);
	pthread_mutex_lock(me->left); /* takes the left fork */
	pthread_mutex_lock(me->right); /* takes the right fork */
	printf("%s has eaten\n", me->name);
	pthread_mutex_unlock(me->right);
	pthread_mutex_unlock(me->left);
	n_satisfied++;
	return NULL;
}

int main(void)
{
	for (int i = 0; i < SEATS; i++)
		pthread_mutex_init(&forks[i], NULL);
	for (int i = 0; i < SEATS; i++) {
		pthread_create(&philosophers[i].thread, NULL, eat, &philosophers[i]);
		for (int ms = 0; n_satisfied <= i && ms < PATIENCE_MS; ms++)
			usleep(1000); /* it is early: the next one comes later */
	}
	for (int i = 0; i < SEATS; i++)
		pthread_join(philosophers[i].thread, NULL);
	return 0;
}

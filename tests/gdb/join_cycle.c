/* SPDX-License-Identifier: MIT */
/* A thread waits for the end of another with a lock held that the other needs before it can end.
 *
 * The lock is a static variable of a function.
 *
 * expect: deadlock
 *   thread: owner
 *     holds: report::lock at takes the lock
 *     wants: the end of worker at owner joins
 *   thread: worker
 *     wants: report::lock at takes the lock < worker reports
 *   behind: main
 */
#include "stage.h"

/* Both report; the owner waits for the other's report before it lets go of the lock. */
static void __attribute__((noinline)) report(const pthread_t *other)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

	if (other)
		stage_lock("report::lock", &lock);
	else
		stage_meet();
	pthread_mutex_lock(&lock); /* takes the lock */
	if (other) {
		stage_meet();
		pthread_join(*other, NULL); /* owner joins */
	}
	pthread_mutex_unlock(&lock);
}

static void *worker(void *arg)
{
	stage_name("worker");
	report(NULL); /* worker reports */
	return NULL;
}

static void *owner(void *arg)
{
	pthread_t other;

	stage_name("owner");
	pthread_create(&other, NULL, worker, NULL);
	report(&other);
	return NULL;
}

int main(void)
{
	pthread_t thread;

	stage_open(2);
	stage_name("main");
	pthread_create(&thread, NULL, owner, NULL);
	pthread_join(thread, NULL);
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* A mutex is destroyed when its last owner is gone.
 *
 * Twin of destroy_held.c: main destroys the lock after the join.
 *
 * expect: clean
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

static pthread_mutex_t lock;
static atomic_int is_held, may_end;

static void *holder(void *arg)
{
	pthread_mutex_lock(&lock); /* holder takes it */
	is_held = 1;
	while (!may_end)
		sched_yield();
	pthread_mutex_unlock(&lock);
	return NULL;
}

int main(void)
{
	pthread_t thread;

	pthread_mutex_init(&lock, NULL);
	pthread_create(&thread, NULL, holder, NULL);
	while (!is_held)
		sched_yield();
	may_end = 1;
	pthread_join(thread, NULL);
	pthread_mutex_destroy(&lock); /* main destroys it */
	return 0;
}

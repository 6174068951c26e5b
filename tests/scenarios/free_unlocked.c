/* SPDX-License-Identifier: MIT */
/* The memory of a mutex is freed when its last owner has released it.
 *
 * Twin of free_held.c: the thread releases the lock.
 *
 * expect: clean
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

static pthread_mutex_t *lock;
static atomic_int is_held, may_end;

static void *holder(void *arg)
{
	pthread_mutex_lock(lock); /* holder takes it */
	pthread_mutex_unlock(lock);
	is_held = 1;
	while (!may_end)
		sched_yield();
	return NULL;
}

int main(void)
{
	pthread_t thread;

	lock = calloc(1, sizeof(*lock));
	pthread_create(&thread, NULL, holder, NULL);
	while (!is_held)
		sched_yield();
	free(lock); /* main frees it */
	may_end = 1;
	pthread_join(thread, NULL);
	return 0;
}

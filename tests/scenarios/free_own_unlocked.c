/* SPDX-License-Identifier: MIT */
/* A thread takes a lock, releases it and frees its memory.
 *
 * Twin of free_own_held.c: the lock is released first.
 *
 * expect: clean
 */
#include <pthread.h>
#include <stdlib.h>

struct connection {
	pthread_mutex_t lock;
};

static pthread_mutex_t list = PTHREAD_MUTEX_INITIALIZER;

static void close_connection(struct connection *connection)
{
	pthread_mutex_lock(&connection->lock); /* takes it */
	pthread_mutex_unlock(&connection->lock);
	free(connection); /* frees it */
}

/* With nothing held, in truth. */
static void use_list(pthread_mutex_t *other)
{
	pthread_mutex_lock(&list);
	pthread_mutex_lock(other);
	pthread_mutex_unlock(other);
	pthread_mutex_unlock(&list);
}

int main(void)
{
	struct connection *next;

	close_connection(calloc(1, sizeof(struct connection)));
	next = calloc(1, sizeof(*next));
	use_list(&next->lock);
	free(next);
	return 0;
}

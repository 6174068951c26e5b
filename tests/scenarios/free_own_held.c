/* SPDX-License-Identifier: MIT */
/* A thread takes a lock and frees its memory without a release; the next object in that memory is another one.
 *
 * expect: destroy-held observed error
 *   threads: 1
 *   thread: main
 *     holds: at takes it
 *     wants: at frees it
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

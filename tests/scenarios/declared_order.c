/* SPDX-License-Identifier: MIT */
/* The program says that the table is taken before a page, and a page before a row; and then a thread asks for the table with
 * a row held.  Nobody else takes them, so there is no circle.
 *
 * The locks lie on the heap, and are called what the program calls them.
 *
 * expect: declared-order observed error
 *   thread: clerk
 *     holds: rows[7] at takes the second
 *     wants: the table at takes the third
 */
#include <pthread.h>
#include <snag/snag.h>
#include <stdlib.h>

struct store {
	pthread_mutex_t table, page, row;
};

static void take(pthread_mutex_t *second, pthread_mutex_t *third)
{
	pthread_mutex_lock(second); /* takes the second */
	pthread_mutex_lock(third); /* takes the third */
	pthread_mutex_unlock(third);
	pthread_mutex_unlock(second);
}

static void *work(void *argument)
{
	struct store *store = argument;

	snag_name_thread("clerk");
	take(&store->row, &store->table); /* the order */
	return NULL;
}

int main(void)
{
	struct store *store = malloc(sizeof(*store));
	pthread_t thread;

	pthread_mutex_init(&store->table, NULL);
	pthread_mutex_init(&store->page, NULL);
	pthread_mutex_init(&store->row, NULL);
	snag_name_lock(&store->table, "the table");
	snag_name_lock(&store->row, "rows[7]");
	snag_order(&store->table, &store->page);
	snag_order(&store->page, &store->row);
	pthread_create(&thread, NULL, work, store);
	pthread_join(thread, NULL);
	free(store);
	return 0;
}

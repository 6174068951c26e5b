/* SPDX-License-Identifier: MIT */
/* A circle of a lock on a file and a mutex in common memory, in which one process does not insist.
 *
 * Twin of fcntl_mutex_hang.c.
 *
 * expect: clean
 */
#include "family.h"
#include <fcntl.h>

static struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};
static pthread_mutex_t *mutex;
static int table;

static void first(void)
{
	fcntl(table, F_SETLKW, &range); /* first locks the file */
	family_meet();
	pthread_mutex_lock(mutex); /* first takes the mutex */
	pthread_mutex_unlock(mutex);
}

static void second(void)
{
	pthread_mutex_lock(mutex); /* second takes the mutex */
	family_meet();
	fcntl(table, F_SETLK, &range); /* second locks the file */
	pthread_mutex_unlock(mutex);
}

int main(void)
{
	mutex = family_mutex();
	table = memfd_create("table", 0);
	return family_run(first, second);
}

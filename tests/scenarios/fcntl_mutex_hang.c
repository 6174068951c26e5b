/* SPDX-License-Identifier: MIT */
/* A circle of a lock on a file and a mutex in common memory, through two processes.
 *
 * The kernel knows of circles of its own locks alone, and lets this one be.
 *
 * expect: lock-order-cycle observed error
 *   thread: main
 *     holds: file lock on /memfd:table (deleted), bytes 0 to 0 at first locks the file
 *     wants: at first takes the mutex
 *   thread: main
 *     holds: at second takes the mutex
 *     wants: file lock on /memfd:table (deleted), bytes 0 to 0 at second locks the file
 * hangs: yes
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
	fcntl(table, F_SETLKW, &range); /* second locks the file */
	pthread_mutex_unlock(mutex);
}

int main(void)
{
	mutex = family_mutex();
	table = memfd_create("table", 0);
	return family_run(first, second);
}

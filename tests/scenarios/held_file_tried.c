/* SPDX-License-Identifier: MIT */
/* A thread sleeps with the lock of a file in its hand, by which others see that somebody is there.
 *
 * Twin of held_file.c: nobody waits for the lock, as with those that daemons have on the files with their process ids.
 *
 * expect: clean
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

static int table;

/* Another open file of the same file: who has locked one has not locked the other. */
static int open_again(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", table);
	return open(path, O_RDWR);
}

static void *reader(void *arg)
{
	int my_table = open_again();

	flock(my_table, LOCK_SH | LOCK_NB);
	close(my_table);
	return NULL;
}

int main(void)
{
	pthread_t thread;

	table = memfd_create("table", 0);
	pthread_create(&thread, NULL, reader, NULL);
	pthread_join(thread, NULL);
	flock(table, LOCK_EX); /* main takes it */
	usleep(200000); /* main sleeps */
	flock(table, LOCK_UN);
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* A thread returns from its start routine, and the program goes on with the lock on a file that it took.
 *
 * Twin of exit_held.c: what it takes is the lock of an open file, which anybody may give back.
 *
 * expect: clean
 */
#include <fcntl.h>
#include <pthread.h>

static void *careless(void *arg)
{
	fcntl(open("/proc/self/exe", O_RDONLY), F_OFD_SETLK, &(struct flock){.l_type = F_RDLCK});
	return NULL;
}

int main(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, careless, NULL);
	pthread_join(thread, NULL);
	return 0;
}

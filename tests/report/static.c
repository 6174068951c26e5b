/* SPDX-License-Identifier: MIT */
/* A program that no shim can get into.  With an argument it waits for itself. */
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

int main(int argc, char **argv)
{
	pthread_mutex_lock(&lock);
	if (argc > 1)
		pthread_mutex_lock(&lock);
	return 4;
}

/* SPDX-License-Identifier: MIT */
/* A program that closes all descriptors it does not know, as daemons do, and has a pipe of its own at their numbers.
 *
 * Twin of descriptors.c: second takes a first.
 *
 * expect: clean
 * prints: as it was
 */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;
static atomic_int finished;

static void *first(void *arg)
{
	pthread_mutex_lock(&a); /* first takes a */
	pthread_mutex_lock(&b); /* first takes b */
	pthread_mutex_unlock(&b);
	pthread_mutex_unlock(&a);
	finished++;
	return NULL;
}

static void *second(void *arg)
{
	pthread_mutex_lock(&a); /* second takes a */
	pthread_mutex_lock(&b); /* second takes b */
	pthread_mutex_unlock(&a);
	pthread_mutex_unlock(&b);
	return NULL;
}

int main(void)
{
	pthread_t one, two;
	char text[16];
	int ends[2];

	pthread_create(&one, NULL, first, NULL);
	while (!finished)
		sched_yield();
	close_range(3, ~0u, 0);
	if (pipe2(ends, O_NONBLOCK) || write(ends[1], "word", 4) != 4)
		return 1;
	pthread_create(&two, NULL, second, NULL);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	puts(read(ends[0], text, sizeof(text)) == 4 && !memcmp(text, "word", 4) ? "as it was" : "changed");
	return 0;
}

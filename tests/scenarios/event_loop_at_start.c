/* SPDX-License-Identifier: MIT */
/* A thread asks once for two descriptors, and then waits long for a lock: it is no event loop.
 * (event_loop_blocked.c asks again and again.)
 *
 * expect: clean
 */
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

enum { N_BEFORE = 0, SLOW_US = 1500000 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int requests[2], answers[2], disk[2];

static void *loop(void *arg)
{
	struct pollfd fds[] = {{.fd = requests[0], .events = POLLIN}, {.fd = disk[0], .events = POLLPRI}};
	char request = 0;

	pthread_setname_np(pthread_self(), "loop");
	while (request != 'l' && poll(fds, 2, -1) > 0 && read(requests[0], &request, 1) == 1)
		if (request == 'l') {
			pthread_mutex_lock(&lock); /* the loop takes it */
			pthread_mutex_unlock(&lock);
		} else if (write(answers[1], "a", 1) != 1) {
			break;
		}
	return NULL;
}

/* Is slow; with an argument, until standard input ends. */
static void *serve_disk(void *is_asked)
{
	char byte;

	usleep(SLOW_US);
	while (is_asked && read(STDIN_FILENO, &byte, 1) == 1)
		;
	return write(disk[1], "d", 1) == 1 ? NULL : is_asked;
}

int main(int argc, char **argv)
{
	pthread_t threads[2];
	char byte;

	if (pipe(requests) || pipe(answers) || pipe(disk))
		return 1;
	pthread_create(&threads[0], NULL, loop, NULL);
	for (int i = 0; i < N_BEFORE; i++)
		if (write(requests[1], "n", 1) != 1 || read(answers[0], &byte, 1) != 1)
			return 1;
	pthread_mutex_lock(&lock); /* main takes it */
	pthread_create(&threads[1], NULL, serve_disk, argv[1]);
	if (write(requests[1], "l", 1) != 1 || read(disk[0], &byte, 1) != 1)
		return 1;
	pthread_mutex_unlock(&lock);
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	return 0;
}

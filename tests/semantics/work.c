/* SPDX-License-Identifier: MIT */
/* Gives the shim much to write down, while something that it needs is taken away.
 *
 *     work                    just works
 *     work descriptors        has no descriptor left
 *     work delete FOLDER      deletes the folder half-way
 *     work leave FOLDER       makes the folder its root, and becomes another user, half-way
 *     work tiny               in threads with the smallest stacks
 */
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { N_LOCKS = 20000, N_THREADS = 8, NOBODY = 65534 };

static pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER, inner[N_LOCKS];

static int failures;

static void count(int rc)
{
	failures += rc != 0;
}

/* Each pair is a dependency of its own: the trace grows by some megabytes. */
static void take_pairs(int from, int to)
{
	count(pthread_mutex_lock(&outer));
	for (int i = from; i < to; i++) {
		count(pthread_mutex_lock(&inner[i]));
		count(pthread_mutex_unlock(&inner[i]));
	}
	count(pthread_mutex_unlock(&outer));
}

static void *work(void *number)
{
	int from = (int)(intptr_t)number * (N_LOCKS / N_THREADS);

	take_pairs(from, from + N_LOCKS / N_THREADS);
	return number;
}

static void work_in_threads(size_t stack_size)
{
	pthread_t threads[N_THREADS];
	pthread_attr_t attributes;

	count(pthread_attr_init(&attributes));
	count(pthread_attr_setstacksize(&attributes, stack_size));
	for (intptr_t i = 0; i < N_THREADS; i++)
		count(pthread_create(&threads[i], &attributes, work, (void *)i));
	for (intptr_t i = 0; i < N_THREADS; i++)
		count(pthread_join(threads[i], NULL));
	count(pthread_attr_destroy(&attributes));
}

static void take_away(const char *what, const char *folder)
{
	const struct rlimit none = {3, 3};
	char command[PATH_MAX + 16];

	if (!strcmp(what, "descriptors")) {
		count(setrlimit(RLIMIT_NOFILE, &none));
	} else if (!strcmp(what, "delete")) {
		snprintf(command, sizeof(command), "rm -rf '%s'", folder);
		count(system(command));
	} else if (!strcmp(what, "leave")) {
		count(chdir(folder));
		count(chroot("."));
		count(setuid(NOBODY));
	}
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	take_pairs(0, 100);
	take_away(what, argc > 2 ? argv[2] : "");
	errno = 0;
	work_in_threads(strcmp(what, "tiny") ? 1 << 17 : (size_t)PTHREAD_STACK_MIN);
	take_pairs(0, N_LOCKS);
	printf("%d failures, errno %d\n", failures, errno);
	return 7;
}

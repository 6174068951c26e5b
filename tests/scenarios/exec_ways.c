/* SPDX-License-Identifier: MIT */
/* A program starts itself in every way that takes a list of arguments; so started, it takes two locks in opposite orders.
 *
 * expect: lock-order-cycle possible error
 *   thread: main
 *     holds: a at once a
 *     wants: b at then b
 *   thread:
 *     holds: b at again b
 *     wants: a at then again a
 */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <spawn.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;
static atomic_int has_finished;

static void take_both(void)
{
	pthread_mutex_lock(&a); /* once a */
	pthread_mutex_lock(&b); /* then b */
	pthread_mutex_unlock(&b);
	pthread_mutex_unlock(&a);
}

static void *take_both_again(void *unused)
{
	pthread_mutex_lock(&b); /* again b */
	pthread_mutex_lock(&a); /* then again a */
	pthread_mutex_unlock(&a);
	pthread_mutex_unlock(&b);
	has_finished = 1;
	return NULL;
}

static char *const arguments[] = {"again", "again", NULL};

static void go_on(int way)
{
	switch (way) {
	case 0:
		execv("/proc/self/exe", arguments);
		break;
	case 1:
		execvp("/proc/self/exe", arguments);
		break;
	case 2:
		execve("/proc/self/exe", arguments, environ);
		break;
	case 3:
		execvpe("/proc/self/exe", arguments, environ);
		break;
	case 4:
		fexecve(open("/proc/self/exe", O_RDONLY | O_CLOEXEC), arguments, environ);
		break;
	}
}

static int end_of(pid_t pid)
{
	int status = -1;

	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 7 ? 0 : 1;
}

static int start_in_every_way(void)
{
	int n_failed = 0;
	pid_t pid;

	for (int way = 0; way < 5; way++) {
		pid = fork();
		if (pid == 0) {
			go_on(way);
			_exit(1);
		}
		n_failed += end_of(pid);
	}
	n_failed += posix_spawn(&pid, "/proc/self/exe", NULL, NULL, arguments, environ) || end_of(pid);
	n_failed += posix_spawnp(&pid, "/proc/self/exe", NULL, NULL, arguments, environ) || end_of(pid);
	return n_failed;
}

int main(int argc, char **argv)
{
	pthread_t other;

	if (argc == 1)
		return start_in_every_way();
	pthread_create(&other, NULL, take_both_again, NULL);
	while (!has_finished)
		sched_yield();
	take_both();
	pthread_join(other, NULL);
	return 7;
}

/* SPDX-License-Identifier: MIT */
/* Two processes wait for each other's file for ever, until a third has had enough of it.
 *
 * expect: lock-order-cycle observed error
 *   thread: main
 *     holds: flock on /memfd:left (deleted) at first takes left
 *     wants: flock on /memfd:right (deleted) at first takes right
 *   thread: main
 *     holds: flock on /memfd:right (deleted) at second takes right
 *     wants: flock on /memfd:left (deleted) at second takes left
 */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static int left, right;
static struct shared {
	pthread_barrier_t both_have_one;
	atomic_int n_done;
} *shared;

static void shared_init(void)
{
	pthread_barrierattr_t attributes;

	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	pthread_barrierattr_init(&attributes);
	pthread_barrierattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
	pthread_barrier_init(&shared->both_have_one, &attributes, 2);
}

/* Another open file of the same file: who has locked one has not locked the other. */
static int open_again(int file)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	return open(path, O_RDWR);
}

static void first(void)
{
	int my_left = open_again(left), my_right = open_again(right);

	flock(my_left, LOCK_EX); /* first takes left */
	pthread_barrier_wait(&shared->both_have_one);
	flock(my_right, LOCK_EX); /* first takes right */
	flock(my_left, LOCK_UN);
}

static void second(void)
{
	int my_left = open_again(left), my_right = open_again(right);

	flock(my_right, LOCK_EX); /* second takes right */
	pthread_barrier_wait(&shared->both_have_one);
	flock(my_left, LOCK_EX); /* second takes left */
	flock(my_right, LOCK_UN);
}

static pid_t run(void (*routine)(void))
{
	pid_t child = fork();

	if (child)
		return child;
	routine();
	shared->n_done++;
	_exit(0);
}

/* The kernel lists who waits like this: "1: -> FLOCK  ADVISORY  WRITE 4711 ...". */
static bool waits(pid_t pid)
{
	FILE *locks = fopen("/proc/locks", "r");
	char line[256];
	bool is_there = false;
	int waiter;

	while (!is_there && fgets(line, sizeof(line), locks))
		is_there = sscanf(line, "%*d: -> FLOCK ADVISORY WRITE %d", &waiter) == 1 && waiter == pid;
	fclose(locks);
	return is_there;
}

/* It gets nothing more, not even when the other one's end frees a file. */
static void stop(pid_t child)
{
	siginfo_t unused;

	kill(child, SIGSTOP);
	waitid(P_PID, (id_t)child, &unused, WSTOPPED | WEXITED | WNOWAIT);
}

int main(void)
{
	pid_t children[2];

	left = memfd_create("left", 0);
	right = memfd_create("right", 0);
	shared_init();
	children[0] = run(first);
	children[1] = run(second);
	while (shared->n_done + waits(children[0]) + waits(children[1]) < 2)
		sched_yield();
	stop(children[0]);
	stop(children[1]);
	for (int i = 0; i < 2; i++) {
		kill(children[i], SIGKILL);
		waitpid(children[i], NULL, 0);
	}
	return 0;
}

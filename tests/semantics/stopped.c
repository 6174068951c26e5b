/* SPDX-License-Identifier: MIT */
/* A thread is stopped by a signal, as collectors of garbage do it, while it is inside the shim; the thread that has stopped
 * it comes to the shim as well before it lets it go on.
 *
 * The shim makes room in the trace by posix_fallocate(), which is ours here.
 */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	N_STACKS = 1 << 12,
	TIME_LIMIT_S = 200,
};

static struct {
	pthread_mutex_t outer, inner;
} of_thread[2];
static __thread pthread_mutex_t *outer, *inner;
static sem_t stopped;
static __thread bool is_to_be_stopped;
static volatile sig_atomic_t is_inside, is_sent, may_go_on;

int posix_fallocate(int fd, off_t from, off_t size)
{
	if (is_to_be_stopped && !is_inside) {
		is_inside = true;
		while (!is_sent)
			sched_yield();
	}
	return (int)syscall(SYS_fallocate, fd, 0, from, size);
}

static void stop(int number)
{
	sigset_t all_but_one;

	sigfillset(&all_but_one);
	sigdelset(&all_but_one, SIGUSR2);
	sem_post(&stopped);
	while (!may_go_on)
		sigsuspend(&all_but_one);
}

static void go_on(int number)
{
}

/* By a stack of its own for each number. */
static __attribute__((noinline)) void lock_both(unsigned number)
{
	if (number <= 1) {
		pthread_mutex_lock(outer);
		pthread_mutex_lock(inner);
		pthread_mutex_unlock(inner);
		pthread_mutex_unlock(outer);
	} else if (number % 2) {
		lock_both(number / 2);
		__asm__ volatile("/* one place */");
	} else {
		lock_both(number / 2);
		__asm__ volatile("/* another */");
	}
}

/* ... which also begins elsewhere: the shim looks at the callers that are near, and at the depth. */
static __attribute__((noinline)) void lock_below(unsigned number)
{
	char *room = __builtin_alloca(16 * number);

	__asm__ volatile("" : : "r"(room));
	lock_both(number);
	__asm__ volatile("" : : "r"(room));
}

static void lock_everywhere(int thread)
{
	outer = &of_thread[thread].outer;
	inner = &of_thread[thread].inner;
	for (unsigned i = 1; i < N_STACKS; i++)
		lock_below(i);
}

static void *thread(void *unused)
{
	is_to_be_stopped = true;
	lock_everywhere(1);
	return NULL;
}

int main(void)
{
	struct sigaction action = {.sa_handler = stop};
	pthread_t t;

	alarm(TIME_LIMIT_S);
	sem_init(&stopped, 0, 0);
	sigfillset(&action.sa_mask);
	sigaction(SIGUSR1, &action, NULL);
	action.sa_handler = go_on;
	sigaction(SIGUSR2, &action, NULL);
	pthread_create(&t, NULL, thread, NULL);
	while (!is_inside)
		sched_yield();
	pthread_kill(t, SIGUSR1);
	is_sent = true;
	while (sem_wait(&stopped))
		;
	lock_everywhere(0);
	may_go_on = true;
	pthread_kill(t, SIGUSR2);
	pthread_join(t, NULL);
	printf("stopped inside the shim, and went on\n");
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* Threads are stopped by a signal, as collectors of garbage do it, here and there in what the shim does when locks it knows
 * are taken in a new order; another thread has more to record, and more objects come and go, before it lets them go on.
 *
 * A thread goes step by step, as far as in the round before and a little farther; there the signal is sent to it, which
 * comes at once or as soon as it is let in.  The threads are more than the shim has chunks open: whatever one of them has
 * borrowed, all that were stopped have.  In the end every order is in the trace.
 */
#include "libtrace/trace_format.h"

#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <ucontext.h>
#include <unistd.h>

enum {
	N_THREADS = 11,
	STRIDE = 35,			/* steps from round to round: fewer than the copying of a record takes */
	MAX_ROUNDS = 200,
	TRAP_FLAG = 1 << 8,
	TIME_LIMIT_S = 200,
};

static pthread_mutex_t locks[MAX_ROUNDS][N_THREADS][3], more[MAX_ROUNDS + 1];
/* A byte each: the next round begins; a thread is stopped; it goes on; it has got to the end. */
static int begins[2], stopped[2], goes_on[2], ends[2];
static _Atomic int n_through;
static _Atomic bool is_over;
static __thread volatile sig_atomic_t steps_left;
static __thread _Atomic int is_stepping;

static void say(const int pipe[2], int n)
{
	while (n-- > 0)
		if (write(pipe[1], "", 1) != 1)
			abort();
}

static void hear(const int pipe[2], int n)
{
	char heard;

	while (n-- > 0)
		if (read(pipe[0], &heard, 1) != 1)
			abort();
}

#ifdef __x86_64__
static void set_stepping(ucontext_t *context, bool is_on)
{
	greg_t *flags = &context->uc_mcontext.gregs[REG_EFL];

	*flags = is_on ? *flags | TRAP_FLAG : *flags & ~TRAP_FLAG;
}

static const bool can_step = true;
#else
static void set_stepping(ucontext_t *context, bool is_on)
{
}

static const bool can_step = false;
#endif

static void step(int number, siginfo_t *info, void *context)
{
	bool is_on = is_stepping && steps_left-- > 0;

	set_stepping(context, is_on);
	if (atomic_exchange(&is_stepping, is_on) && !is_on)
		raise(SIGUSR1);
}

static void stop(int number)
{
	say(stopped, 1);
	hear(goes_on, 1);
}

/* n_steps: the thread is stopped when it has made so many on its way to the second one, or when it has got there. */
static __attribute__((noinline)) void lock_both(pthread_mutex_t *first, pthread_mutex_t *second, int n_steps)
{
	pthread_mutex_lock(first);
	steps_left = n_steps;
	is_stepping = n_steps >= 0;
	if (is_stepping)
		raise(SIGTRAP);
	pthread_mutex_lock(second);
	/* In one instruction: a step may come before it, or after it. */
	if (atomic_exchange(&is_stepping, false)) {
		n_through++;
		stop(0);
	}
	pthread_mutex_unlock(second);
	pthread_mutex_unlock(first);
}

/* By the same calls each time: all that is new of the last is in which order they are taken. */
static void lock_three(pthread_mutex_t *m, int n_steps)
{
	pthread_mutex_t *const orders[][2] = {{&m[0], &m[1]}, {&m[1], &m[2]}, {&m[0], &m[2]}};

	for (int i = 0; i < 3; i++)
		lock_both(orders[i][0], orders[i][1], i == 2 ? n_steps : -1);
}

static void *thread(void *number)
{
	for (int i = 0; i < MAX_ROUNDS; i++) {
		hear(begins, 1);
		if (is_over)
			break;
		lock_three(locks[i][(intptr_t)number], i * STRIDE);
		say(ends, 1);
	}
	return NULL;
}

static __attribute__((noinline)) void come_and_go(void)
{
	pthread_mutex_t *volatile m = malloc(sizeof(*m));

	pthread_mutex_init(m, NULL);
	pthread_mutex_destroy(m);
	free(m);
}

/* false: the threads got through before they had made so many steps. */
static bool round_of(int i)
{
	n_through = 0;
	say(begins, N_THREADS);
	hear(stopped, N_THREADS);
	lock_both(&more[i], &more[i + 1], -1);
	come_and_go();
	say(goes_on, N_THREADS);
	hear(ends, N_THREADS);
	return n_through < N_THREADS;
}

/* Of one lock in the other. */
static int n_orders_in(const struct chunk_header *chunk)
{
	const struct record_header *record = (const void *)(chunk + 1);
	const char *end = (const char *)record + chunk->committed;
	int n = 0;

	if (chunk->kind != CHUNK_RECORDS)
		return 0;
	for (; (const char *)record < end; record = (const void *)((const char *)record + record->units * 8))
		n += record->type == RECORD_DEP && ((const struct record_dep *)record)->n_held == 1;
	return n;
}

static int n_orders(void)
{
	struct trace_header *const *header = dlsym(RTLD_DEFAULT, "snag_trace");
	const char *chunks = (const char *)*header + TRACE_HEADER_SIZE;
	int n = 0;

	for (uint32_t i = 0; i < (*header)->n_chunks; i++)
		n += n_orders_in((const void *)(chunks + (size_t)i * TRACE_CHUNK_SIZE));
	return n;
}

int main(void)
{
	struct sigaction on_step = {.sa_sigaction = step, .sa_flags = SA_SIGINFO};
	pthread_t threads[N_THREADS];
	int n = 0, expected;

	if (!can_step) {
		printf("no program can step through itself here\n");
		return 77;
	}
	alarm(TIME_LIMIT_S);
	if (pipe(begins) || pipe(stopped) || pipe(goes_on) || pipe(ends))
		abort();
	sigaction(SIGTRAP, &on_step, NULL);
	signal(SIGUSR1, stop);
	for (intptr_t i = 0; i < N_THREADS; i++)
		pthread_create(&threads[i], NULL, thread, (void *)i);
	while (n < MAX_ROUNDS && round_of(n++))
		;
	is_over = true;
	say(begins, N_THREADS);
	for (int i = 0; i < N_THREADS; i++)
		pthread_join(threads[i], NULL);
	expected = n * (3 * N_THREADS + 1);
	printf("stopped at %d places; %d of %d orders are in the trace\n", n, n_orders(), expected);
	return n == MAX_ROUNDS || n_orders() != expected;
}

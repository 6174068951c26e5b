/* SPDX-License-Identifier: MIT */
/* Functions that lock run on stacks that the program made: small ones, with unmapped memory below and above, and with whatever is
 * left at their bottom.  What unwinds them may believe none of it.
 *
 *     coroutines ROUNDS
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <ucontext.h>

enum { PAGE = 4096, STACK = 2 * PAGE, ABOVE = 40, BOTTOM = ABOVE + 4, DEEPEST = 12 };

static pthread_mutex_t locks[DEEPEST];
static __thread ucontext_t caller, coroutine;
static __thread char *stack;
static char gone[PAGE] __attribute__((aligned(PAGE)));

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	return *state ^= *state << 17;
}

/* What is left there: an address that is none, one in a page that cannot be read, near the end of the stack, in code, in
 * a library's data, between here and the stack of the thread. */
static uint64_t leftover(uint64_t *state)
{
	uint64_t number = next_random(state);

	switch (number >> 32 & 7) {
	case 0:
		return 8192;
	case 1:
		return (uintptr_t)gone + number % PAGE;
	case 2:
		return (uintptr_t)stack + STACK - number % 16;
	case 3:
		return (uintptr_t)stack + number % (4 * STACK);
	case 4:
		return (uintptr_t)printf + number % 0x20000;
	case 5:
		return (uintptr_t)&stdout - number % 0x20000;
	case 6:
		return (uintptr_t)stack + (number % 256 << 12);
	default:
		return number;
	}
}

static __attribute__((noinline)) void lock_deep(int depth)
{
	pthread_mutex_lock(&locks[depth]);
	if (depth > 0)
		lock_deep(depth - 1);
	pthread_mutex_unlock(&locks[depth]);
}

/* It does not return: what lies where its caller would be is nobody's business. */
static void run(int depth)
{
	lock_deep(depth);
	setcontext(&caller);
}

/* At the bottom of a stack, also where its first function would return to. */
static void leave_words(uint64_t *state)
{
	uint64_t *end = (uint64_t *)(stack + STACK);

	for (uint64_t *word = end - BOTTOM; word < end; word++)
		*word = leftover(state);
#ifdef __x86_64__
	coroutine.uc_mcontext.gregs[REG_RBP] = (greg_t)leftover(state);
	coroutine.uc_mcontext.gregs[REG_RBX] = (greg_t)leftover(state);
#endif
}

static bool run_one(uint64_t *state)
{
	char *room = mmap(NULL, STACK + 2 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	stack = room + PAGE;
	if (room == MAP_FAILED || mprotect(stack, STACK, PROT_READ | PROT_WRITE) || getcontext(&coroutine))
		return false;
	coroutine.uc_stack = (stack_t){.ss_sp = stack, .ss_size = STACK - ABOVE * sizeof(uint64_t)};
	makecontext(&coroutine, (void (*)(void))run, 1, (int)(next_random(state) % DEEPEST));
	leave_words(state);
	return !swapcontext(&caller, &coroutine) && !munmap(room, STACK + 2 * PAGE);
}

static void *run_all(void *rounds)
{
	uint64_t state = 88172645463325252;
	int n_bad = 0;

	for (int i = 0; i < *(const int *)rounds; i++)
		n_bad += !run_one(&state);
	return (void *)(intptr_t)n_bad;
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 1;
	intptr_t n_bad = (intptr_t)run_all(&rounds);
	pthread_t thread;
	void *bad;

	if (mprotect(gone, PAGE, PROT_NONE) || pthread_create(&thread, NULL, run_all, &rounds) || pthread_join(thread, &bad))
		return 1;
	n_bad += (intptr_t)bad;
	printf("%d bad\n", (int)n_bad);
	return n_bad != 0;
}

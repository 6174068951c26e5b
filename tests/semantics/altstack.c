/* SPDX-License-Identifier: MIT */
/* A signal handler that locks gets along with the little stack that the program gave it. */
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef AT_MINSIGSTKSZ
#define AT_MINSIGSTKSZ 51
#endif

enum { OLD_MINIMUM = 4096, FOR_HANDLER = 3000, ROOM = 1 << 16 };

static pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER, inner = PTHREAD_MUTEX_INITIALIZER;
static sem_t posted;
static volatile sig_atomic_t n_handled;

static void handle(int number)
{
	sem_post(&posted);
	pthread_mutex_lock(&outer);
	pthread_mutex_lock(&inner);
	pthread_mutex_unlock(&inner);
	pthread_mutex_unlock(&outer);
	n_handled++;
}

/* What lies below it cannot be written. */
static int give_stack(void)
{
	size_t minimum = getauxval(AT_MINSIGSTKSZ), page = (size_t)sysconf(_SC_PAGESIZE);
	char *room = mmap(NULL, ROOM, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	stack_t stack = {.ss_sp = room + page, .ss_size = (minimum ? minimum : OLD_MINIMUM) + FOR_HANDLER};

	if (room == MAP_FAILED || stack.ss_size > ROOM - page)
		return -1;
	return mprotect(room, page, PROT_NONE) || sigaltstack(&stack, NULL);
}

int main(void)
{
	struct sigaction action = {.sa_handler = handle, .sa_flags = SA_ONSTACK};

	if (give_stack()) {
		perror("sigaltstack");
		return 1;
	}
	sem_init(&posted, 0, 0);
	handle(0); /* binds the functions, which takes much stack */
	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1);
	printf("%d handled\n", (int)n_handled);
	return n_handled != 2;
}

/* SPDX-License-Identifier: MIT */
/* Waits until another thread of the process really sleeps at a futex: the kernel says in which system call it has it. */
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/types.h>

/* The address of the futex that it sleeps at, or 0. */
static inline uintptr_t futex_of(pid_t tid)
{
	unsigned long number = 0, address = 0;
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%d/syscall", (int)tid);
	file = fopen(path, "r");
	if (!file)
		return 0;
	if (fscanf(file, "%lu %lx", &number, &address) != 2 || number != SYS_futex)
		address = 0;
	fclose(file);
	return address;
}

/* At one in this object. */
static inline void wait_until_asleep(pid_t tid, const void *object, size_t size)
{
	while (futex_of(tid) - (uintptr_t)object >= size)
		sched_yield();
}

/* At one in a variable of the program, also one that a header has made. */
static inline void wait_until_asleep_inside(pid_t tid)
{
	extern char __executable_start[], end[];

	wait_until_asleep(tid, __executable_start, (size_t)(end - __executable_start));
}

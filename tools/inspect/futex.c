/* SPDX-License-Identifier: MIT */
/* System calls in which threads sleep, by their numbers on each machine. */
#include "futex.h"

#include <elf.h>
#include <string.h>

/* What the C library of the other machine calls a number is not in this one's headers: kernel,
 * arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h. */
enum { NO_CALL = UINT16_MAX };

struct call_row {
	const char *name;
	uint16_t x86_64, aarch64;
	bool has_fd;
};

static const struct call_row calls[] = {
	{"accept", 43, 202, true},
	{"accept4", 288, 242, true},
	{"clock_nanosleep", 230, 115, false},
	{"close", 3, 57, true},
	{"connect", 42, 203, true},
	{"epoll_pwait", 281, 22, false},
	{"epoll_pwait2", 441, 441, false},
	{"epoll_wait", 232, NO_CALL, false},
	{"fcntl", 72, 25, true},
	{"fdatasync", 75, 83, true},
	{"flock", 73, 32, true},
	{"fsync", 74, 82, true},
	{"io_getevents", 208, 4, false},
	{"io_uring_enter", 426, 426, false},
	{"mq_timedreceive", 243, 183, true},
	{"mq_timedsend", 242, 182, true},
	{"msgrcv", 70, 188, false},
	{"msgsnd", 69, 189, false},
	{"nanosleep", 35, 101, false},
	{"open", 2, NO_CALL, false},
	{"openat", 257, 56, false},
	{"pause", 34, NO_CALL, false},
	{"poll", 7, NO_CALL, false},
	{"ppoll", 271, 73, false},
	{"pread64", 17, 67, true},
	{"pselect6", 270, 72, false},
	{"pwrite64", 18, 68, true},
	{"read", 0, 63, true},
	{"readv", 19, 65, true},
	{"recvfrom", 45, 207, true},
	{"recvmmsg", 299, 243, true},
	{"recvmsg", 47, 212, true},
	{"rt_sigsuspend", 130, 133, false},
	{"rt_sigtimedwait", 128, 137, false},
	{"select", 23, NO_CALL, false},
	{"semop", 65, 193, false},
	{"semtimedop", 220, 192, false},
	{"sendmsg", 46, 211, true},
	{"sendto", 44, 206, true},
	{"wait4", 61, 260, false},
	{"waitid", 247, 95, false},
	{"write", 1, 64, true},
	{"writev", 20, 66, true},
};

/* The futex call, and the one by which the kernel continues a timed wait after a signal. */
enum {
	FUTEX_X86_64 = 202,
	RESTART_X86_64 = 219,
	FUTEX_AARCH64 = 98,
	RESTART_AARCH64 = 128,
};

/* linux/futex.h: what the operation consists of. */
enum {
	WAIT = 0,
	LOCK_PI = 6,
	WAIT_BITSET = 9,
	LOCK_PI2 = 13,
	PRIVATE = 0x80,
	COMMAND = 0x7f,
};

static const struct call_row *row_of(const struct target *target, uint32_t call)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++)
		if (call == (target->machine == EM_AARCH64 ? calls[i].aarch64 : calls[i].x86_64))
			return &calls[i];
	return NULL;
}

const char *call_name(const struct target *target, uint32_t call)
{
	const struct call_row *row = row_of(target, call);

	return row ? row->name : NULL;
}

bool call_has_fd(const struct target *target, uint32_t call)
{
	const struct call_row *row = row_of(target, call);

	return row && row->has_fd;
}

bool futex_of(const struct target *target, const struct task *task, struct futex *ret_futex)
{
	bool is_arm = target->machine == EM_AARCH64;
	uint64_t operation = task->arguments[1];
	uint32_t command = operation & COMMAND;
	bool is_restarted = task->call == (is_arm ? RESTART_AARCH64 : RESTART_X86_64);

	if (!task->is_asleep || operation >> 32 || task->arguments[0] % 4)
		return false;
	if (command != WAIT && command != LOCK_PI && command != WAIT_BITSET && command != LOCK_PI2)
		return false;
	if (!is_restarted && task->call != (is_arm ? FUTEX_AARCH64 : FUTEX_X86_64))
		return false;
	/* Any timed call can be continued so: believe it was a futex only where its flags leave no doubt. */
	if (is_restarted && !(operation & PRIVATE))
		return false;
	*ret_futex = (struct futex){
		.address = task->arguments[0],
		.value = (uint32_t)task->arguments[2],
		.is_plain = command == WAIT,
		.is_for_owner = command == LOCK_PI || command == LOCK_PI2,
		.is_private = operation & PRIVATE,
		.is_timed = task->arguments[3] != 0,
	};
	return true;
}

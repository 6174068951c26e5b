/* SPDX-License-Identifier: MIT */
/* Hardware watchpoints: setting them, and recording what they see. */
#include "hardware.h"

#include "arena.h"
#include "machine.h"
#include "options.h"
#include "real.h"
#include "record.h"
#include "stack.h"

#include <fcntl.h>
#include <linux/hw_breakpoint.h>
#include <linux/perf_event.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <ucontext.h>
#include <unistd.h>

enum {
	TRAP_OF_PERF = 6,		/* si_code; siginfo.h of older systems does not have it */
	IS_LATE = 1,			/* the signal was blocked when the access was made */
	HIGH_DESCRIPTOR = 512,		/* the program's own descriptors are the lowest ones, as ever */
	N_KNOWN = 64,
};

/* What siginfo_t has of such a signal, behind its first 16 bytes. */
struct perf_info {
	int numbers[4];
	uint64_t address, data;
	uint32_t type, flags;
};

/* struct perf_event_attr as it is since Linux 5.13, which the headers of older systems do not have.  An older kernel refuses it. */
struct perf_breakpoint {
	uint32_t type, size;
	uint64_t config, sample_period, sample_type, read_format;
	uint64_t is_disabled : 1, is_inherited : 1, other_flags : 3, excludes_kernel : 1, excludes_hv : 1, more_flags : 28;
	uint64_t is_inherited_by_threads_only : 1, ends_at_exec : 1, sends_sigtrap : 1, reserved_flags : 26;
	uint32_t wakeup_events, bp_type;
	uint64_t bp_addr, bp_len, others[6], signal_data;
};

static uintptr_t watched;		/* the variable */
static struct sigaction others;		/* who had SIGTRAP before */
static __thread uint64_t known[N_KNOWN];	/* keys of accesses that are recorded */

/* ---- recording -------------------------------------------------------------------------------------------------- */

static cold uint32_t stack_of_access(struct thread *t, uint64_t pc)
{
	static struct taken taken;
	uint32_t stack;

	thread_enter(t);
	stack_lock();
	stack_take(t, pc, &taken);
	stack = stack_intern(t->index, taken.pc, taken.n, taken.is_cut);
	stack_unlock();
	thread_leave(t);
	return stack;
}

static cold void note_access(struct thread *t, uint64_t pc, uint64_t frame, enum object_mode mode)
{
	uint64_t key;
	struct live_want want = {watched, OBJECT_VARIABLE, mode, 0, 0, 0};

	if (__atomic_load_n(&t->is_to_look, __ATOMIC_RELAXED))
		record_refresh(t);
	key = chain_next(t->chain[t->slot->n_holds], pc, frame) + mode;
	if (known[key % N_KNOWN] == key)
		return;
	known[key % N_KNOWN] = key;
	want.stack = stack_of_access(t, pc);
	record_new_dependency(t, &want, OP_ACCESS);
}

/* ---- the signal ------------------------------------------------------------------------------------------------- */

/* Not ours: as if we had never been there. */
static cold void hand_on(int number, siginfo_t *info, void *context)
{
	if (others.sa_flags & SA_SIGINFO) {
		others.sa_sigaction(number, info, context);
	} else if (others.sa_handler == SIG_DFL) {
		signal(SIGTRAP, SIG_DFL);
		real.syscall(SYS_tgkill, (long)getpid(), (long)gettid(), SIGTRAP);
	} else if (others.sa_handler != SIG_IGN) {
		others.sa_handler(number);
	}
}

static cold void on_trap(int number, siginfo_t *info, void *context)
{
	const struct perf_info *perf = (const void *)info;
	const ucontext_t *interrupted = context;
	struct thread *t = thread_active;

	if (info->si_code != TRAP_OF_PERF || perf->address != watched)
		hand_on(number, info, context);
	else if (!t || perf->flags & IS_LATE)
		arena_count_lost(LOST_SIGNAL, 1);
	else
		note_access(t, (uintptr_t)INTERRUPTED_PC(interrupted), INTERRUPTED_SP(interrupted),
			    perf->data == HW_BREAKPOINT_W ? MODE_WRITE : MODE_READ);
}

/* ---- setting it ------------------------------------------------------------------------------------------------- */

/* Where the program lies, less where it was linked to lie. */
static cold uintptr_t bias_of_program(void)
{
	const ElfW(Phdr) *headers = (const void *)getauxval(AT_PHDR);

	for (unsigned long i = 0; headers && i < getauxval(AT_PHNUM); i++)
		if (headers[i].p_type == PT_PHDR)
			return (uintptr_t)headers - headers[i].p_vaddr;
	return 0;
}

/* Those that are inherited begin with what is created from now on. */
static cold int set_one(int type)
{
	struct perf_breakpoint attributes = {
		.type = PERF_TYPE_BREAKPOINT,
		.size = sizeof(attributes),
		.sample_period = 1,
		.is_inherited = 1,
		.excludes_kernel = 1,
		.excludes_hv = 1,
		.is_inherited_by_threads_only = 1,
		.ends_at_exec = 1,
		.sends_sigtrap = 1,
		.bp_type = (uint32_t)type,
		.bp_addr = watched,
		.bp_len = options.watch_size,
		.signal_data = (uint64_t)type,
	};
	long fd = real.syscall(SYS_perf_event_open, &attributes, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);
	int high = fd < 0 ? -1 : fcntl((int)fd, F_DUPFD_CLOEXEC, HIGH_DESCRIPTOR);

	if (high >= 0)
		close((int)fd);
	return high >= 0 ? high : (int)fd;
}

/* Of a write both tell, but one signal gets through: that of the one that was set last. */
static cold bool set_both(void)
{
	struct sigaction ours = {.sa_sigaction = on_trap, .sa_flags = SA_SIGINFO | SA_RESTART | SA_ONSTACK};

	sigaction(SIGTRAP, &ours, &others);
	return set_one(HW_BREAKPOINT_RW) >= 0 && set_one(HW_BREAKPOINT_W) >= 0;
}

/* Programs that the watched one starts have the same options. */
static cold bool is_meant(void)
{
	struct stat self;

	return options.watch_size && !stat("/proc/self/exe", &self) && (uint64_t)self.st_ino == options.watch_inode;
}

cold void hardware_init(void)
{
	if (!is_meant())
		return;
	watched = bias_of_program() + options.watch;
	if (!set_both())
		dprintf(STDERR_FILENO, "snag: --watch: the kernel gives no hardware watchpoint: %s\n", strerror(errno));
}

/* SPDX-License-Identifier: MIT */
/* Where each thread is, by libdwfl.
 *
 * A thread that sleeps in a system call need not be stopped: the kernel tells its stack pointer and pc, and its stack does
 * not change.  The other registers are found where the functions on the way have saved them; when one of them is missing
 * further out, the stack ends there.  A stop would give all registers, but make some system calls return early.  So only
 * those threads are stopped, for a moment, which run or wait for a lock: neither of them can tell.
 */
#include "inspect.h"

#include "../trace/pool.h"

#include <elfutils/libdwfl.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

struct unwinding {
	uint64_t pcs[TRACE_MAX_FRAMES];
	uint32_t n;
	bool is_cut;
};

/* What unwinding needs is in the files themselves. */
static int find_no_debuginfo(Dwfl_Module *module, void **user, const char *name, Dwarf_Addr base, const char *file,
			     const char *link, GElf_Word sum, char **ret_path)
{
	return -1;
}

static const Dwfl_Callbacks callbacks_of_process = {.find_elf = dwfl_linux_proc_find_elf,
						    .find_debuginfo = find_no_debuginfo};
static const Dwfl_Callbacks callbacks_of_core = {.find_elf = dwfl_build_id_find_elf,
						 .find_debuginfo = find_no_debuginfo};

static int take_frame(Dwfl_Frame *frame, void *arg)
{
	struct unwinding *unwinding = arg;
	Dwarf_Addr pc;

	if (unwinding->n == TRACE_MAX_FRAMES || !dwfl_frame_pc(frame, &pc, NULL) || !pc)
		return DWARF_CB_ABORT;
	unwinding->pcs[unwinding->n++] = pc;
	return DWARF_CB_OK;
}

static uint32_t add_stack(struct model *model, const struct unwinding *unwinding)
{
	uint64_t *pcs = pool_new_array(model->memory, uint64_t, unwinding->n);

	memcpy(pcs, unwinding->pcs, unwinding->n * sizeof(*pcs));
	model->stacks[model->n_stacks] = (struct stack){
		.pc = pcs,
		.n = unwinding->n,
		.epoch = UINT32_MAX - 1,
		.is_cut = unwinding->is_cut,
	};
	return model->n_stacks++;
}

/* ---- threads that sleep ------------------------------------------------------------------------------------------- */

enum { STACK_POINTER = 7 }; /* of x86-64, as DWARF numbers registers */

/* A process, and the thread of it that is looked at. */
struct sleeper {
	pid_t pid;
	int memory_fd;
	Dwarf_Word stack_pointer, pc;
	bool is_in_futex; /* which goes on after a stop as if nothing had been */
};

static pid_t next_thread(Dwfl *dwfl, void *arg, void **thread)
{
	return 0; /* each is asked for by its number */
}

static bool get_thread(Dwfl *dwfl, pid_t tid, void *arg, void **thread)
{
	*thread = arg;
	return true;
}

static bool read_word(Dwfl *dwfl, Dwarf_Addr address, Dwarf_Word *ret, void *arg)
{
	const struct sleeper *sleeper = arg;

	return address <= INT64_MAX && pread(sleeper->memory_fd, ret, sizeof(*ret), (off_t)address) == sizeof(*ret);
}

static bool set_registers(Dwfl_Thread *thread, void *arg)
{
	const struct sleeper *sleeper = arg;

	dwfl_thread_state_register_pc(thread, sleeper->pc);
	return dwfl_thread_state_registers(thread, STACK_POINTER, 1, &sleeper->stack_pointer);
}

static const Dwfl_Thread_Callbacks sleeper_callbacks = {.next_thread = next_thread,
							.get_thread = get_thread,
							.memory_read = read_word,
							.set_initial_registers = set_registers};

/* The last two words that the kernel tells of a system call; it tells them of no thread that runs. */
static bool find_sleeper(struct sleeper *sleeper, pid_t tid)
{
	char path[64], text[256], *words[16];
	size_t n = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/syscall", (int)sleeper->pid, (int)tid);
	file = fopen(path, "re");
	if (!file)
		return false;
	if (fgets(text, sizeof(text), file))
		for (char *word = strtok(text, " \n"); word && n < 16; word = strtok(NULL, " \n"))
			words[n++] = word;
	fclose(file);
	if (n < 3)
		return false;
	sleeper->is_in_futex = strtol(words[0], NULL, 10) == SYS_futex;
	sleeper->stack_pointer = strtoull(words[n - 2], NULL, 16);
	sleeper->pc = strtoull(words[n - 1], NULL, 16);
	return sleeper->pc != 0;
}

/* ---- processes and cores ------------------------------------------------------------------------------------------ */

static pid_t tid_of(const struct model *model, const struct live_thread *live)
{
	return (pid_t)model->threads[live->wait.thread].tid;
}

static bool is_in_libc(Dwfl *dwfl, uint64_t pc)
{
	Dwfl_Module *module = dwfl_addrmodule(dwfl, pc);
	const char *path = module ? dwfl_module_info(module, NULL, NULL, NULL, NULL, NULL, NULL, NULL) : NULL;
	const char *name = path ? strrchr(path, '/') : NULL;

	return name && strncmp(name, "/libc", 5) == 0 && (name[5] == '.' || name[5] == '-');
}

/* Every stack begins in libc, which called the thread's first function; libdwfl does not always say that it got lost. */
static bool is_complete(Dwfl *dwfl, const struct unwinding *unwinding)
{
	bool has_others = false;

	for (uint32_t i = 0; i < unwinding->n; i++) {
		bool is_libc = is_in_libc(dwfl, unwinding->pcs[i] - 1);

		if (is_libc && has_others)
			return true;
		has_others |= !is_libc;
	}
	return false;
}

/* One thread; false when another way of taking its stack may give more, and does no harm. */
static bool unwind(Dwfl *dwfl, struct model *model, struct live_thread *live, struct sleeper *sleeper)
{
	struct unwinding unwinding = {.n = 0};

	if (sleeper && !find_sleeper(sleeper, tid_of(model, live)))
		return false;
	dwfl_getthread_frames(dwfl, tid_of(model, live), take_frame, &unwinding);
	if (unwinding.n == 0)
		return false;
	unwinding.is_cut = sleeper && !is_complete(dwfl, &unwinding);
	live->wait.stack = add_stack(model, &unwinding);
	return !(unwinding.is_cut && sleeper->is_in_futex);
}

static void unwind_all(Dwfl *dwfl, struct model *model, struct sleeper *sleeper, bool *is_done)
{
	for (uint32_t i = 0; i < model->n_live; i++)
		if (!is_done[i])
			is_done[i] = unwind(dwfl, model, &model->live[i], sleeper);
}

static uint32_t count_failed(const struct model *model)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < model->n_live; i++)
		n += !model->live[i].is_ended && !model->live[i].wait.stack;
	return n;
}

/* Makes room for two stacks a thread, and says which have one. */
static bool *prepare(struct model *model)
{
	struct stack *stacks = pool_new_array(model->memory, struct stack, (size_t)model->n_stacks + 2 * model->n_live);
	bool *is_done = zeroed_array(model->n_live, sizeof(*is_done));

	memcpy(stacks, model->stacks, model->n_stacks * sizeof(*stacks));
	model->stacks = stacks;
	for (uint32_t i = 0; i < model->n_live; i++) {
		struct live_thread *live = &model->live[i];

		is_done[i] = live->is_ended || (live->is_waiting && live->wait.stack); /* the shim's is as good */
		if (!is_done[i])
			live->wait.stack = 0;
	}
	return is_done;
}

/* When the main thread has ended, /proc tells of the process through another one. */
static pid_t living_thread(const struct model *model, pid_t pid)
{
	for (uint32_t i = 0; i < model->n_live; i++)
		if (!model->live[i].is_ended)
			return tid_of(model, &model->live[i]) == (pid_t)model->pid ? pid
										   : tid_of(model, &model->live[i]);
	return pid;
}

static Dwfl *report_process(pid_t tid)
{
	Dwfl *dwfl = dwfl_begin(&callbacks_of_process);

	if (dwfl && dwfl_linux_proc_report(dwfl, tid) == 0 && dwfl_report_end(dwfl, NULL, NULL) == 0)
		return dwfl;
	dwfl_end(dwfl);
	return NULL;
}

static void unwind_sleepers(struct model *model, pid_t tid, bool *is_done)
{
	struct sleeper sleeper = {.pid = tid};
	Dwfl *dwfl = report_process(tid);
	char path[32];

	snprintf(path, sizeof(path), "/proc/%d/mem", (int)tid);
	sleeper.memory_fd = open(path, O_RDONLY | O_CLOEXEC);
	if (dwfl && sleeper.memory_fd >= 0 && dwfl_attach_state(dwfl, NULL, tid, &sleeper_callbacks, &sleeper))
		unwind_all(dwfl, model, &sleeper, is_done);
	dwfl_end(dwfl);
	if (sleeper.memory_fd >= 0)
		close(sleeper.memory_fd);
}

uint32_t inspect_stacks_of_process(struct model *model, pid_t pid)
{
	pid_t tid = living_thread(model, pid);
	bool *is_done = prepare(model);
	Dwfl *dwfl;

	unwind_sleepers(model, tid, is_done);
	dwfl = report_process(tid);
	if (dwfl && dwfl_linux_proc_attach(dwfl, tid, false) == 0)
		unwind_all(dwfl, model, NULL, is_done);
	dwfl_end(dwfl);
	free(is_done);
	return count_failed(model);
}

uint32_t inspect_stacks_of_core(struct model *model, const char *path, const char *exe)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	Dwfl *dwfl = dwfl_begin(&callbacks_of_core);
	bool *is_done = prepare(model);
	Elf *elf;

	elf_version(EV_CURRENT);
	elf = fd < 0 ? NULL : elf_begin(fd, ELF_C_READ_MMAP, NULL);
	if (dwfl && elf && dwfl_core_file_report(dwfl, elf, exe) > 0 && dwfl_report_end(dwfl, NULL, NULL) == 0 &&
	    dwfl_core_file_attach(dwfl, elf) >= 0)
		unwind_all(dwfl, model, NULL, is_done);
	dwfl_end(dwfl);
	elf_end(elf);
	if (fd >= 0)
		close(fd);
	free(is_done);
	return count_failed(model);
}

/* SPDX-License-Identifier: MIT */
/* A core file as a target, by its notes and segments: the kernel's cores and those of gcore.
 *
 * What a core leaves out (code, and what is mapped from files) is read from the files, if they are still there.
 */
#include "inspect.h"
#include "target.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where things are in the notes of one machine; registers are counted in words from `registers`. */
struct machine {
	uint16_t machine;
	uint16_t tid, registers;  /* in NT_PRSTATUS: struct elf_prstatus */
	uint16_t pid, ppid, name; /* in NT_PRPSINFO: struct elf_prpsinfo */
	uint8_t call, arguments[CALL_ARGUMENTS];
	uint8_t result, pc;
	uint32_t instruction; /* of a system call, to which an interrupted one goes back; 0: see result */
};

/* Memory that is in the file. */
struct segment {
	uint64_t start, end;
	uint64_t offset;
};

struct core {
	struct target target; /* first: its functions find the rest behind it */
	int fd;
	const struct machine *machine;
	struct segment *segments;
	size_t n_segments;
	struct task *tasks; /* while they are collected */
	uint64_t entry;	    /* an address in the program itself */
};

static const struct machine machines[] = {
	{EM_X86_64, 32, 112, 24, 28, 40, 15, {14, 13, 12, 7, 9, 8}, 10, 16, 0},
	{EM_AARCH64, 32, 112, 24, 28, 40, 8, {0, 1, 2, 3, 4, 5}, 0, 32, 0xd4000001},
};

enum { REGISTERS = 34, MOST_TASKS = 1 << 20 };

/* What an interrupted system call that will be restarted leaves in its result: -ERESTARTSYS and its like. */
static bool is_interrupted(int64_t result)
{
	return result == -512 || result == -513 || result == -514 || result == -516 || result == -EINTR;
}

/* ---- memory ----------------------------------------------------------------------------------------------------- */

static bool read_fd(int fd, uint64_t offset, void *to, size_t size)
{
	return offset <= INT64_MAX && pread(fd, to, size, (off_t)offset) == (ssize_t)size;
}

static bool read_segment(const struct core *core, uint64_t address, void *to, size_t size)
{
	for (size_t i = 0; i < core->n_segments; i++) {
		const struct segment *segment = &core->segments[i];

		if (address >= segment->start && address < segment->end)
			return size <= segment->end - address &&
			       read_fd(core->fd, segment->offset + (address - segment->start), to, size);
	}
	return false;
}

static bool read_mapped_file(const struct target *target, uint64_t address, void *to, size_t size)
{
	for (uint32_t i = 0; i < target->n_mappings; i++) {
		const struct mapping *mapping = &target->mappings[i];
		bool is_read;
		int fd;

		if (address < mapping->start || address >= mapping->end)
			continue;
		if (size > mapping->end - address)
			return false;
		fd = open(mapping->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
		if (fd < 0)
			return false;
		is_read = read_fd(fd, mapping->offset + (address - mapping->start), to, size);
		close(fd);
		return is_read;
	}
	return false;
}

static bool read_memory(const struct target *target, uint64_t address, void *to, size_t size)
{
	const struct core *core = (const void *)target;

	return read_segment(core, address, to, size) || read_mapped_file(target, address, to, size);
}

static void settle(struct target *target)
{
	/* Nothing in a core moves. */
}

static const char *describe_fd(struct target *target, uint64_t fd)
{
	return NULL;
}

static void read_segments(struct core *core, Elf *elf)
{
	size_t n = 0;
	GElf_Phdr header;

	elf_getphdrnum(elf, &n);
	core->segments = pool_new_array(core->target.pool, struct segment, n);
	for (size_t i = 0; i < n; i++)
		if (gelf_getphdr(elf, (int)i, &header) && header.p_type == PT_LOAD && header.p_filesz &&
		    header.p_vaddr + header.p_filesz > header.p_vaddr)
			core->segments[core->n_segments++] =
				(struct segment){header.p_vaddr, header.p_vaddr + header.p_filesz, header.p_offset};
}

/* ---- notes ------------------------------------------------------------------------------------------------------ */

static bool take(const unsigned char *data, size_t size, size_t offset, void *to, size_t n)
{
	if (offset > size || n > size - offset)
		return false;
	memcpy(to, data + offset, n);
	return true;
}

static void take_call(struct core *core, const uint64_t *registers, struct task *task)
{
	const struct machine *machine = core->machine;
	uint32_t instruction = 0;
	bool is_asleep = is_interrupted((int64_t)registers[machine->result]);

	if (machine->instruction)
		is_asleep =
			core->target.read(&core->target, registers[machine->pc], &instruction, sizeof(instruction)) &&
			instruction == machine->instruction;
	task->is_asleep = is_asleep && registers[machine->call] < UINT32_MAX;
	task->call = (uint32_t)registers[machine->call];
	for (int i = 0; i < CALL_ARGUMENTS; i++)
		task->arguments[i] = registers[machine->arguments[i]];
}

static void take_thread(struct core *core, const unsigned char *data, size_t size)
{
	struct target *target = &core->target;
	uint64_t registers[REGISTERS] = {0};
	size_t n_registers = core->machine->machine == EM_X86_64 ? 27 : REGISTERS;
	struct task task = {.state = 'R'};

	if (target->n_tasks >= MOST_TASKS || !take(data, size, core->machine->tid, &task.tid, sizeof(task.tid)) ||
	    !take(data, size, core->machine->registers, registers, n_registers * sizeof(*registers)))
		return;
	task.lwp = task.tid;
	take_call(core, registers, &task);
	if (task.is_asleep)
		task.state = 'S';
	if (target->n_tasks % 64 == 0)
		core->tasks = grow_array(core->tasks, target->n_tasks + 64, sizeof(*core->tasks));
	core->tasks[target->n_tasks++] = task;
}

static void take_process(struct core *core, const unsigned char *data, size_t size)
{
	char name[TRACE_NAME_SIZE + 1] = "";

	if (!take(data, size, core->machine->pid, &core->target.pid, sizeof(core->target.pid)) ||
	    !take(data, size, core->machine->ppid, &core->target.ppid, sizeof(core->target.ppid)) ||
	    !take(data, size, core->machine->name, name, TRACE_NAME_SIZE))
		return;
	core->target.exe = pool_printf(core->target.pool, "%s", name);
}

/* NT_FILE: count and page size, that many starts, ends and offsets in pages, then as many paths. */
static void take_files(struct core *core, const unsigned char *data, size_t size)
{
	struct target *target = &core->target;
	uint64_t head[2], entry[3];
	const char *path, *end = (const char *)data + size;

	if (target->n_mappings || !take(data, size, 0, head, sizeof(head)) || head[0] > size / sizeof(entry))
		return;
	target->mappings = pool_new_array(target->pool, struct mapping, head[0]);
	path = (const char *)data + sizeof(head) + head[0] * sizeof(entry);
	for (uint64_t i = 0; i < head[0] && path < end && memchr(path, '\0', (size_t)(end - path)); i++) {
		if (!take(data, size, sizeof(head) + i * sizeof(entry), entry, sizeof(entry)))
			return;
		target->mappings[target->n_mappings++] =
			(struct mapping){.start = entry[0],
					 .end = entry[1],
					 .offset = entry[2] * head[1],
					 .path = pool_printf(target->pool, "%s", path)};
		path += strlen(path) + 1;
	}
}

/* AT_ENTRY: an address in the program itself. */
static void take_entry(struct core *core, const unsigned char *data, size_t size)
{
	uint64_t pair[2];

	for (size_t at = 0; take(data, size, at, pair, sizeof(pair)) && pair[0] != AT_NULL; at += sizeof(pair))
		if (pair[0] == AT_ENTRY)
			core->entry = pair[1];
}

static void take_note(struct core *core, uint32_t type, const unsigned char *data, size_t size)
{
	switch (type) {
	case NT_PRSTATUS:
		take_thread(core, data, size);
		break;
	case NT_PRPSINFO:
		take_process(core, data, size);
		break;
	case NT_FILE:
		take_files(core, data, size);
		break;
	case NT_AUXV:
		take_entry(core, data, size);
		break;
	}
}

static void read_notes(struct core *core, Elf *elf)
{
	size_t n = 0;
	GElf_Phdr header;

	elf_getphdrnum(elf, &n);
	for (size_t i = 0; i < n; i++) {
		Elf_Data *data;
		GElf_Nhdr note;
		size_t at = 0, name, text;

		if (!gelf_getphdr(elf, (int)i, &header) || header.p_type != PT_NOTE)
			continue;
		data = elf_getdata_rawchunk(elf, (int64_t)header.p_offset, header.p_filesz, ELF_T_NHDR);
		while (data && (at = gelf_getnote(data, at, &note, &name, &text)) > 0)
			if (note.n_namesz == sizeof("CORE") && memcmp((char *)data->d_buf + name, "CORE", 4) == 0)
				take_note(core, note.n_type, (unsigned char *)data->d_buf + text, note.n_descsz);
	}
}

/* ---- the whole -------------------------------------------------------------------------------------------------- */

/* The main thread first, then by number. */
static int compare_tasks(const void *a, const void *b, void *pid)
{
	uint32_t x = ((const struct task *)a)->tid, y = ((const struct task *)b)->tid, main = *(uint32_t *)pid;

	if ((x == main) != (y == main))
		return x == main ? -1 : 1;
	return (x > y) - (x < y);
}

static void keep_tasks(struct core *core)
{
	struct target *target = &core->target;

	target->tasks = pool_new_array(target->pool, struct task, target->n_tasks);
	if (target->n_tasks) {
		memcpy(target->tasks, core->tasks, target->n_tasks * sizeof(*core->tasks));
		qsort_r(target->tasks, target->n_tasks, sizeof(*target->tasks), compare_tasks, &target->pid);
	}
	free(core->tasks);
}

/* The program as the core names it, or where it is now. */
static void name_program(struct core *core, const char *exe)
{
	struct target *target = &core->target;
	const char *path = NULL;

	for (uint32_t i = 0; i < target->n_mappings; i++)
		if (core->entry >= target->mappings[i].start && core->entry < target->mappings[i].end)
			path = target->mappings[i].path;
	for (uint32_t i = 0; i < target->n_mappings && path && exe; i++)
		if (target->mappings[i].path == path || strcmp(target->mappings[i].path, path) == 0)
			target->mappings[i].path = exe;
	if (path)
		target->exe = path;
}

static const char *read_elf(struct core *core, Elf *elf)
{
	GElf_Ehdr header;

	if (!elf || !gelf_getehdr(elf, &header) || header.e_type != ET_CORE)
		return "not a core file";
	if (header.e_ident[EI_CLASS] != ELFCLASS64)
		return "the core of a 32-bit program: its locks have a layout that snag does not know";
	for (size_t i = 0; i < sizeof(machines) / sizeof(*machines); i++)
		if (machines[i].machine == header.e_machine)
			core->machine = &machines[i];
	if (!core->machine)
		return "the core of a machine that snag does not know";
	core->target.machine = header.e_machine;
	read_segments(core, elf);
	read_notes(core, elf);
	return core->target.n_tasks ? NULL : "no threads in it: it is damaged";
}

static const char *core_init(struct core *core, const char *path, const char *exe, struct pool *pool)
{
	const char *why;
	struct stat st;
	Elf *elf;

	*core = (struct core){.target = {.pool = pool,
					 .label = path,
					 .exe = "?",
					 .caught = UINT64_MAX, /* not known: any */
					 .shares_unknown = true,
					 .read = read_memory,
					 .settle = settle,
					 .describe_fd = describe_fd}};
	core->fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (core->fd < 0 || fstat(core->fd, &st))
		return strerror(errno);
	core->target.seen_realtime_ns = (uint64_t)st.st_mtim.tv_sec * 1000000000 + (uint64_t)st.st_mtim.tv_nsec;
	elf_version(EV_CURRENT);
	elf = elf_begin(core->fd, ELF_C_READ_MMAP, NULL);
	why = read_elf(core, elf);
	elf_end(elf);
	keep_tasks(core);
	name_program(core, exe);
	return why;
}

int inspect_core(const char *path, const char *exe, struct model **ret_model, char **ret_why)
{
	struct pool *pool = pool_new();
	struct core core;
	const char *why = core_init(&core, path, exe, pool);

	if (!why) {
		*ret_model = facts_end(facts_begin(&core.target));
	} else {
		if (asprintf(ret_why, "%s: %s", path, why) < 0)
			*ret_why = NULL;
		pool_free(pool);
	}
	if (core.fd >= 0)
		close(core.fd);
	return why ? -1 : 0;
}

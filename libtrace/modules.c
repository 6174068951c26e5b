/* SPDX-License-Identifier: MIT */
/* Which library sits where: the shim's own copy of the loader's list. */
#include "modules.h"

#include "arena.h"
#include "compiler.h"
#include "objects.h"
#include "pages.h"
#include "real.h"
#include "writer.h"

#include <dlfcn.h>
#include <elf.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

enum { MAX_MODULES = 4096, MAX_SEGMENTS = 24, MAX_BUILD_ID = 64 };

struct module {
	uint64_t start, end;		/* both 0: a free place */
	uint64_t code_start, code_end;	/* the part of it that is run */
	uint32_t id;
	bool is_watched;		/* can be asked after with _dl_find_object: the vdso cannot */
	struct dl_phdr_info info;
	/* A copy: another thread may unload the library while the unwinder looks through the list. */
	ElfW(Phdr) segments[MAX_SEGMENTS];
};

static struct {
	struct module *list;
	uint32_t n;			/* places, free ones among them */
	uint32_t last_id;
	unsigned long long adds, subs;	/* as dl_phdr_info counts them */
} modules;

/* ---- what the file itself says ---------------------------------------------------------------------------------- */

/* Of the segments that have one of these flags. */
static cold void find_range(const struct dl_phdr_info *info, uint32_t flags, uint64_t *ret_start, uint64_t *ret_end)
{
	uint64_t start = UINT64_MAX, end = 0;

	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &info->dlpi_phdr[i];

		if (segment->p_type != PT_LOAD || !(segment->p_flags & flags))
			continue;
		if (segment->p_vaddr < start)
			start = segment->p_vaddr;
		if (segment->p_vaddr + segment->p_memsz > end)
			end = segment->p_vaddr + segment->p_memsz;
	}
	*ret_start = start < end ? info->dlpi_addr + start : 0;
	*ret_end = start < end ? info->dlpi_addr + end : 0;
}

static cold size_t note_size(size_t size)
{
	return (size + 3) & ~(size_t)3;
}

/* The build id in one note segment. */
static cold const void *build_id_in(const char *at, const char *end, uint32_t *ret_size)
{
	while (at + sizeof(ElfW(Nhdr)) <= end) {
		const ElfW(Nhdr) *note = (const void *)at;
		const char *name = at + sizeof(*note);
		const char *text = name + note_size(note->n_namesz);

		at = text + note_size(note->n_descsz);
		if (at > end)
			break;
		if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == 4 && !memcmp(name, "GNU", 4)) {
			*ret_size = note->n_descsz < MAX_BUILD_ID ? note->n_descsz : MAX_BUILD_ID;
			return text;
		}
	}
	return NULL;
}

static cold const void *find_build_id(const struct dl_phdr_info *info, uint32_t *ret_size)
{
	*ret_size = 0;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
		const char *notes = (const char *)info->dlpi_addr + segment->p_vaddr;
		const void *found;

		if (segment->p_type != PT_NOTE)
			continue;
		found = build_id_in(notes, notes + segment->p_memsz, ret_size);
		if (found)
			return found;
	}
	return NULL;
}

/* The executable's name is empty in the loader's list. */
static cold const char *path_of(const struct dl_phdr_info *info, char buffer[PATH_MAX])
{
	ssize_t n;

	if (info->dlpi_name && info->dlpi_name[0])
		return info->dlpi_name;
	n = readlink("/proc/self/exe", buffer, PATH_MAX - 1);
	buffer[n > 0 ? n : 0] = '\0';
	return buffer;
}

/* ---- what the loader says, without its lock ------------------------------------------------------------------- */

/* glibc before 2.35 has no answer: what is loaded later stays unknown, and stacks are cut where they lead into it. */
static cold bool ask(uint64_t address, struct dl_find_object *ret_found)
{
	return real_dl_find_object && real_dl_find_object((void *)address, ret_found) == 0;
}

static cold bool is_loaded(uint64_t address)
{
	struct dl_find_object found;

	return ask(address, &found);
}

/* The first page of a mapped ELF file holds its header and its program headers: glibc's loader relies on it too. */
static cold bool describe(uint64_t pc, struct dl_phdr_info *ret_info)
{
	struct dl_find_object found;
	const ElfW(Ehdr) *header;

	if (!ask(pc, &found))
		return false;
	header = found.dlfo_map_start;
	if (memcmp(header->e_ident, ELFMAG, SELFMAG) || header->e_phentsize != sizeof(ElfW(Phdr)) ||
	    header->e_phoff + (size_t)header->e_phnum * sizeof(ElfW(Phdr)) > 4096)
		return false;
	*ret_info = (struct dl_phdr_info){
		.dlpi_addr = found.dlfo_link_map->l_addr,
		.dlpi_name = found.dlfo_link_map->l_name,
		.dlpi_phdr = (const void *)((const char *)header + header->e_phoff),
		.dlpi_phnum = header->e_phnum,
	};
	return true;
}

/* ---- the list --------------------------------------------------------------------------------------------------- */

static cold void record(struct module *module)
{
	static char path_buffer[PATH_MAX], tail[MAX_BUILD_ID + PATH_MAX];
	const char *path = path_of(&module->info, path_buffer);
	struct record_module fact = {
		.id = module->id,
		.epoch = snag_trace->module_epoch,
		.bias = module->info.dlpi_addr,
		.start = module->start,
		.end = module->end,
	};
	const void *build_id = find_build_id(&module->info, &fact.build_id_size);

	if (build_id)
		memcpy(tail, build_id, fact.build_id_size);
	fact.path_size = (uint32_t)strnlen(path, PATH_MAX - 1) + 1;
	memcpy(tail + fact.build_id_size, path, fact.path_size - 1);
	tail[fact.build_id_size + fact.path_size - 1] = '\0';
	writer_append(RECORD_MODULE, &fact, sizeof(fact), tail, fact.build_id_size + fact.path_size);
}

static struct module *find(uint64_t pc)
{
	for (uint32_t i = 0; i < modules.n; i++)
		if (pc >= modules.list[i].start && pc < modules.list[i].end)
			return &modules.list[i];
	return NULL;
}

static cold struct module *free_place(void)
{
	for (uint32_t i = 0; i < modules.n; i++)
		if (!modules.list[i].end)
			return &modules.list[i];
	return modules.n < MAX_MODULES ? &modules.list[modules.n++] : NULL;
}

static cold void add(const struct dl_phdr_info *info)
{
	struct module *module = free_place();
	uint64_t start, end;

	find_range(info, PF_R | PF_W | PF_X, &start, &end);
	if (!module || !end)
		return;
	module->info = *info;
	if (info->dlpi_phnum > MAX_SEGMENTS)
		module->info.dlpi_phnum = MAX_SEGMENTS;
	memcpy(module->segments, info->dlpi_phdr, module->info.dlpi_phnum * sizeof(ElfW(Phdr)));
	module->info.dlpi_phdr = module->segments;
	module->id = ++modules.last_id;
	module->start = start;
	module->end = end;
	find_range(info, PF_X, &module->code_start, &module->code_end);
	module->is_watched = is_loaded(start);
	modules.adds++;
	record(module);
}

static cold int add_from_loader(struct dl_phdr_info *info, size_t size, void *unused)
{
	add(info);
	return 0;
}

cold void modules_init(void)
{
	if (!modules.list)
		modules.list = pages_new(MAX_MODULES * sizeof(struct module));
	if (modules.list)
		real.dl_iterate_phdr(add_from_loader, NULL);
}

cold void modules_record_again(void)
{
	for (uint32_t i = 0; i < modules.n; i++)
		if (modules.list[i].end)
			record(&modules.list[i]);
}

/* It may be one that is new. */
static cold const struct module *meet(uint64_t pc)
{
	const struct module *module = modules.list ? find(pc) : NULL;
	struct dl_phdr_info info;

	if (module || !modules.list || !describe(pc, &info))
		return module;
	add(&info);
	return find(pc);
}

cold bool modules_cover(uint64_t pc)
{
	return meet(pc) != NULL;
}

cold bool modules_have_code(uint64_t pc)
{
	const struct module *module = meet(pc);

	return module && pc >= module->code_start && pc < module->code_end;
}

cold bool modules_locate(uint64_t address, const char **ret_name, uint64_t *ret_offset)
{
	static char buffer[PATH_MAX];
	const struct module *module = modules.list ? find(address) : NULL;
	const char *path, *slash;

	if (!module)
		return false;
	path = path_of(&module->info, buffer);
	slash = strrchr(path, '/');
	*ret_name = slash ? slash + 1 : path;
	*ret_offset = address - module->info.dlpi_addr;
	return true;
}

cold bool modules_forget_gone(struct thread *t)
{
	bool any = false;

	for (uint32_t i = 0; i < modules.n; i++) {
		struct module *module = &modules.list[i];
		struct record_module_gone fact = {.id = module->id};

		if (!module->end || !module->is_watched || is_loaded(module->start))
			continue;
		if (!any)
			snag_trace->module_epoch++;
		any = true;
		fact.epoch = snag_trace->module_epoch;
		writer_append(RECORD_MODULE_GONE, &fact, sizeof(fact), NULL, 0);
		objects_end_static(t, module->start, module->end - module->start);
		module->start = module->end = 0;
		modules.subs++;
	}
	return any;
}

cold int modules_iterate(int (*each)(struct dl_phdr_info *, size_t, void *), void *argument)
{
	int rc = 0;

	for (uint32_t i = 0; i < modules.n && rc == 0; i++) {
		struct dl_phdr_info info = modules.list[i].info;

		if (!modules.list[i].end)
			continue;
		info.dlpi_adds = modules.adds;
		info.dlpi_subs = modules.subs;
		rc = each(&info, sizeof(info), argument);
	}
	return rc;
}

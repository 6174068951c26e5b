/* SPDX-License-Identifier: MIT */
/* The loaded files of a target, by the program headers in its memory: a file on the disk may be another one by now. */
#include "target.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

enum {
	MOST_HEADERS = 64,
	LARGEST_NOTES = 1024,
};

/* The lowest and the highest address of its segments, before relocation. */
struct extent {
	uint64_t start, end;
};

static struct extent extent_of(const Elf64_Phdr *headers, size_t n)
{
	struct extent extent = {UINT64_MAX, 0};

	for (size_t i = 0; i < n; i++) {
		if (headers[i].p_type != PT_LOAD)
			continue;
		if (headers[i].p_vaddr < extent.start)
			extent.start = headers[i].p_vaddr;
		if (headers[i].p_vaddr + headers[i].p_memsz > extent.end)
			extent.end = headers[i].p_vaddr + headers[i].p_memsz;
	}
	extent.start &= ~0xfffull;
	return extent;
}

static uint64_t padded(uint64_t size, uint64_t alignment)
{
	return (size + alignment - 1) / alignment * alignment;
}

/* Finds the build id among the notes of a segment. */
static void take_build_id(const unsigned char *notes, uint64_t size, struct pool *pool, struct module *module)
{
	for (uint64_t at = 0; at + sizeof(Elf64_Nhdr) <= size;) {
		Elf64_Nhdr head;
		uint64_t name = at + sizeof(head), text;

		memcpy(&head, notes + at, sizeof(head));
		text = name + padded(head.n_namesz, 4);
		if (text > size || head.n_descsz > size - text)
			return;
		if (head.n_type == NT_GNU_BUILD_ID && head.n_namesz == 4 && memcmp(notes + name, "GNU", 4) == 0) {
			module->build_id = memcpy(pool_alloc(pool, head.n_descsz), notes + text, head.n_descsz);
			module->build_id_size = head.n_descsz;
			return;
		}
		at = text + padded(head.n_descsz, 4);
	}
}

static void read_build_id(const struct target *target, const Elf64_Phdr *headers, size_t n, struct module *module)
{
	unsigned char notes[LARGEST_NOTES];

	for (size_t i = 0; i < n && !module->build_id_size; i++)
		if (headers[i].p_type == PT_NOTE && headers[i].p_filesz <= sizeof(notes) &&
		    target->read(target, module->bias + headers[i].p_vaddr, notes, headers[i].p_filesz))
			take_build_id(notes, headers[i].p_filesz, target->pool, module);
}

/* False when what is mapped there is no 64-bit ELF file. */
static bool read_module(const struct target *target, const struct mapping *mapping, struct module *module)
{
	Elf64_Phdr headers[MOST_HEADERS];
	struct extent extent;
	Elf64_Ehdr head;

	if (!target->read(target, mapping->start, &head, sizeof(head)) || memcmp(head.e_ident, ELFMAG, SELFMAG) != 0 ||
	    head.e_ident[EI_CLASS] != ELFCLASS64 || head.e_phnum == 0 || head.e_phnum > MOST_HEADERS ||
	    head.e_phentsize != sizeof(*headers) ||
	    !target->read(target, mapping->start + head.e_phoff, headers, head.e_phnum * sizeof(*headers)))
		return false;
	extent = extent_of(headers, head.e_phnum);
	if (extent.end <= extent.start)
		return false;
	*module = (struct module){.gone_epoch = UINT32_MAX, .path = mapping->path};
	module->bias = mapping->start - extent.start;
	module->start = mapping->start;
	module->end = module->bias + extent.end;
	read_build_id(target, headers, head.e_phnum, module);
	return true;
}

void modules_read(const struct target *target, struct model *model)
{
	model->modules = pool_new_array(target->pool, struct module, target->n_mappings);
	for (uint32_t i = 0; i < target->n_mappings; i++) {
		const struct mapping *mapping = &target->mappings[i];
		struct module *module = &model->modules[model->n_modules];

		if (mapping->offset || !mapping->path[0] || !read_module(target, mapping, module))
			continue;
		module->id = ++model->n_modules;
	}
}

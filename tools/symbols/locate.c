/* SPDX-License-Identifier: MIT */
/* Finds and opens ELF files.
 *
 * A file is looked for where it was loaded from, then by build id in the debug folders: there also when the program was
 * replaced or deleted since.  A debug file alone will do, it has the symbols and the addresses.
 */
#include "locate.h"
#include "separate.h"

#include <elfutils/libdwelf.h>
#include <fcntl.h>
#include <link.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define SYSTEM_FOLDER "/usr/lib/debug"

enum { MAX_BUILD_ID = 64 };

/* Each module is reported with its file. */
static int find_elf(Dwfl_Module *module, void **userdata, const char *name, Dwarf_Addr base, char **ret_file,
		    Elf **ret_elf)
{
	return -1;
}

static void add_folder(struct search *search, struct pool *pool, const char *folder)
{
	search->folders[search->n_folders++] = pool_printf(pool, "%s", folder);
	search->path = pool_printf(pool, "%s:%s", search->path, folder);
}

struct search *search_new(struct pool *pool, const char *debug_path)
{
	struct search *search = pool_alloc(pool, sizeof(*search));
	char *folders = pool_printf(pool, "%s", debug_path ? debug_path : ""), *folder;

	search->callbacks.find_elf = find_elf;
	search->callbacks.find_debuginfo = separate_find;
	search->callbacks.debuginfo_path = &search->path;
	search->path = pool_printf(pool, ":.debug");
	search->folders = pool_new_array(pool, char *, strlen(folders) + 2);
	while ((folder = strsep(&folders, ":"))) {
		char *absolute = realpath(folder, NULL);

		if (absolute)
			add_folder(search, pool, absolute);
		free(absolute);
	}
	add_folder(search, pool, SYSTEM_FOLDER);
	return search;
}

/* ---- files ------------------------------------------------------------------------------------------------------ */

int open_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat status;

	if (fd >= 0 && (fstat(fd, &status) != 0 || !S_ISREG(status.st_mode))) {
		close(fd);
		fd = -1;
	}
	return fd;
}

static bool is_vdso(const char *path)
{
	return strcmp(path, "[vdso]") == 0 || strcmp(path, "linux-vdso.so.1") == 0 ||
	       strcmp(path, "linux-gate.so.1") == 0;
}

/* The kernel's library is in no file, but this process has the same one mapped, or, as the build id tells, another. */
static int open_vdso(void)
{
	const ElfW(Ehdr) *header = (const void *)getauxval(AT_SYSINFO_EHDR);
	int fd = header ? memfd_create("vdso", MFD_CLOEXEC) : -1;
	size_t size;

	if (fd < 0)
		return -1;
	size = header->e_shoff + (size_t)header->e_shnum * header->e_shentsize;
	if (write(fd, header, size) != (ssize_t)size) {
		close(fd);
		fd = -1;
	}
	return fd;
}

bool has_build_id(Elf *elf, const void *build_id, size_t size)
{
	const void *found;
	ssize_t n = dwelf_elf_gnu_build_id(elf, &found);

	return n > 0 && (size_t)n == size && memcmp(found, build_id, size) == 0;
}

bool is_other_file(const char *path, const void *build_id, size_t size)
{
	int fd = open_file(path);
	Elf *elf = fd < 0 || elf_version(EV_CURRENT) == EV_NONE ? NULL : elf_begin(fd, ELF_C_READ_MMAP, NULL);
	bool is_other = size && elf && elf_kind(elf) == ELF_K_ELF && !has_build_id(elf, build_id, size);

	elf_end(elf);
	if (fd >= 0)
		close(fd);
	return is_other;
}

static bool is_loadable(Elf *elf)
{
	GElf_Ehdr header;

	return gelf_getehdr(elf, &header) && (header.e_type == ET_DYN || header.e_type == ET_EXEC);
}

/* ---- the right file --------------------------------------------------------------------------------------------- */

/* What is being opened. */
struct wanted {
	struct search *search;
	const unsigned char *build_id;
	size_t build_id_size;
	Dwfl_Module *module;
};

static bool is_right(const struct wanted *wanted, Dwfl_Module *module)
{
	GElf_Addr bias;
	Elf *elf = dwfl_module_getelf(module, &bias);

	return elf && is_loadable(elf) &&
	       (!wanted->build_id_size || has_build_id(elf, wanted->build_id, wanted->build_id_size));
}

/* Takes the descriptor. */
static Dwfl *try_descriptor(struct wanted *wanted, int fd, const char *path)
{
	Dwfl *dwfl = fd < 0 ? NULL : dwfl_begin(&wanted->search->callbacks);
	Dwfl_Module *module = NULL;
	void **userdata;
	int problem;

	if (!dwfl) {
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	dwfl_report_begin(dwfl);
	module = dwfl_report_elf(dwfl, path, path, fd, 0, true);
	if (!module)
		close(fd);
	problem = dwfl_report_end(dwfl, NULL, NULL);
	if (problem || !module || !is_right(wanted, module)) {
		dwfl_end(dwfl);
		return NULL;
	}
	dwfl_module_info(module, &userdata, NULL, NULL, NULL, NULL, NULL, NULL);
	*userdata = wanted->search;
	wanted->module = module;
	return dwfl;
}

static Dwfl *try_path(struct wanted *wanted, const char *path)
{
	return try_descriptor(wanted, open_file(path), path);
}

/* FOLDER/.build-id/ab/cdef... is the file itself, with .debug at the end its debug file. */
static Dwfl *try_build_id(struct wanted *wanted, const char *folder)
{
	static const char digits[] = "0123456789abcdef";
	char name[2 * MAX_BUILD_ID + 2], *to = name, path[PATH_MAX];
	Dwfl *dwfl;

	for (size_t i = 0; i < wanted->build_id_size; i++) {
		*to++ = digits[wanted->build_id[i] >> 4];
		*to++ = digits[wanted->build_id[i] & 15];
		if (i == 0)
			*to++ = '/';
	}
	*to = '\0';
	snprintf(path, sizeof(path), "%s/.build-id/%s", folder, name);
	dwfl = try_path(wanted, path);
	if (dwfl)
		return dwfl;
	snprintf(path, sizeof(path), "%s/.build-id/%s.debug", folder, name);
	return try_path(wanted, path);
}

Dwfl *search_open(struct search *search, const char *path, const unsigned char *build_id, size_t build_id_size,
		  Dwfl_Module **ret_module)
{
	struct wanted wanted = {.search = search, .build_id = build_id, .build_id_size = build_id_size};
	Dwfl *dwfl;

	if (is_vdso(path))
		dwfl = build_id_size ? try_descriptor(&wanted, open_vdso(), path) : NULL;
	else
		dwfl = try_path(&wanted, path);
	if (build_id_size > 0 && build_id_size <= MAX_BUILD_ID)
		for (size_t i = 0; !dwfl && i < search->n_folders; i++)
			dwfl = try_build_id(&wanted, search->folders[i]);
	*ret_module = wanted.module;
	return dwfl;
}

/* SPDX-License-Identifier: MIT */
/* The separate debug file of a module, and the file of parts that several debug files have in common (dwz).
 *
 * libdwfl's own dwfl_standard_find_debuginfo() would do, if it did not load libdebuginfod with all of libcurl for every
 * module that has a build id and no debug file.  So that one only has the modules without a build id, which it compares by
 * check sum; for the others the search by name is here.
 */
#include "separate.h"

#include <elfutils/libdwelf.h>
#include <errno.h>
#include <libgen.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COMMON_FOLDER ".dwz/"

/* A file is right when it has this build id. */
struct target {
	const void *build_id;
	size_t size;
	char *path; /* of the last one that was tried */
};

/* A descriptor, or -1 when FOLDER/SUBFOLDER/NAME is not the one. */
static int try_file(struct target *target, const char *folder, const char *subfolder, const char *name)
{
	bool is_right;
	Elf *elf;
	int fd;

	free(target->path);
	if (asprintf(&target->path, "%s/%s/%s", folder, subfolder, name) < 0) {
		target->path = NULL;
		return -1;
	}
	fd = open_file(target->path);
	if (fd < 0)
		return -1;
	elf = elf_begin(fd, ELF_C_READ_MMAP, NULL);
	is_right = elf && has_build_id(elf, target->build_id, target->size);
	elf_end(elf);
	if (is_right)
		return fd;
	close(fd);
	return -1;
}

/* .gnu_debuglink has but a name: the file is beside the module, or below a debug folder, there also in a folder that is
 * called as the module's. */
static int find_by_name(struct target *target, const struct search *search, const char *file, const char *link)
{
	char canonical[PATH_MAX], *home = file && realpath(file, canonical) ? dirname(canonical) : NULL;
	int fd = -1;

	if (home)
		fd = try_file(target, home, "", link);
	if (home && fd < 0)
		fd = try_file(target, home, ".debug", link);
	for (size_t i = 0; i < search->n_folders && fd < 0; i++) {
		if (home)
			fd = try_file(target, search->folders[i], home, link);
		if (fd < 0)
			fd = try_file(target, search->folders[i], "", link);
	}
	return fd;
}

/* The path in .gnu_debugaltlink is that on the machine it was made for; here it may be below another debug folder. */
static int find_common(struct target *target, const struct search *search, const char *file, const char *path)
{
	const char *tail = strstr(path, COMMON_FOLDER);
	int fd = path[0] == '/' ? try_file(target, "", "", path) : find_by_name(target, search, file, path);

	for (size_t i = 0; tail && i < search->n_folders && fd < 0; i++)
		fd = try_file(target, search->folders[i], "", tail);
	return fd;
}

/* The DWARF of a module that has been opened already: then it is the common file that is looked for. */
static Dwarf *opened_dwarf(Dwfl_Module *module)
{
	Dwarf_Addr bias;

	dwfl_module_info(module, NULL, NULL, NULL, &bias, NULL, NULL, NULL);
	return bias == (Dwarf_Addr)-1 ? NULL : dwfl_module_getdwarf(module, &bias);
}

static bool init_target(struct target *target, Dwfl_Module *module, Dwarf *dwarf)
{
	const unsigned char *build_id = NULL;
	GElf_Addr address;
	const char *path;
	ssize_t size;

	*target = (struct target){.size = 0};
	if (dwarf) {
		size = dwelf_dwarf_gnu_debugaltlink(dwarf, &path, &target->build_id);
	} else {
		size = dwfl_module_build_id(module, &build_id, &address);
		target->build_id = build_id;
	}
	target->size = size > 0 ? (size_t)size : 0;
	return size > 0;
}

int separate_find(Dwfl_Module *module, void **userdata, const char *name, Dwarf_Addr base, const char *file,
		  const char *link, GElf_Word sum, char **ret_file)
{
	int fd = dwfl_build_id_find_debuginfo(module, userdata, name, base, file, link, sum, ret_file);
	Dwarf *dwarf = fd < 0 ? opened_dwarf(module) : NULL;
	struct target target;

	if (fd >= 0)
		return fd;
	if (!init_target(&target, module, dwarf) && !dwarf)
		return dwfl_standard_find_debuginfo(module, userdata, name, base, file, link, sum, ret_file);
	if (target.size && link)
		fd = dwarf ? find_common(&target, *userdata, file, link) : find_by_name(&target, *userdata, file, link);
	if (fd >= 0)
		*ret_file = target.path;
	else
		free(target.path);
	/* Else libdwfl takes it for a failure, and does not look at the dynamic symbols either. */
	errno = 0;
	return fd;
}

bool separate_has_right_common(Dwarf *dwarf)
{
	const char *path;
	const void *build_id;
	ssize_t size = dwelf_dwarf_gnu_debugaltlink(dwarf, &path, &build_id);
	Dwarf *common = size > 0 ? dwarf_getalt(dwarf) : NULL;

	return !common || has_build_id(dwarf_getelf(common), build_id, (size_t)size);
}

/* SPDX-License-Identifier: MIT */
/* What a core file says about itself. */
#include "core_file.h"

#include <elfutils/libdwfl.h>
#include <fcntl.h>
#include <gelf.h>
#include <string.h>
#include <unistd.h>

/* Modules come in the order of the core's own list, which begins with the program; of the others it knows names only. */
static int take_program(Dwfl_Module *module, void **user, const char *name, Dwarf_Addr start, void *program)
{
	if (name[0] != '/')
		return DWARF_CB_OK;
	*(char **)program = strdup(name);
	return DWARF_CB_ABORT;
}

static char *find_program(Elf *elf)
{
	static const Dwfl_Callbacks callbacks = {.find_elf = dwfl_build_id_find_elf,
						 .find_debuginfo = dwfl_standard_find_debuginfo};
	Dwfl *dwfl = dwfl_begin(&callbacks);
	char *program = NULL;

	if (dwfl && dwfl_core_file_report(dwfl, elf, NULL) > 0 && dwfl_report_end(dwfl, NULL, NULL) == 0)
		dwfl_getmodules(dwfl, take_program, &program, 0);
	dwfl_end(dwfl);
	return program;
}

bool core_file_read(const char *path, char **ret_program)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	Elf *elf = fd < 0 || elf_version(EV_CURRENT) == EV_NONE ? NULL : elf_begin(fd, ELF_C_READ_MMAP, NULL);
	GElf_Ehdr header;
	bool is_core = elf && gelf_getehdr(elf, &header) && header.e_type == ET_CORE;

	if (is_core)
		*ret_program = find_program(elf);
	elf_end(elf);
	if (fd >= 0)
		close(fd);
	return is_core;
}

/* SPDX-License-Identifier: MIT */
/* Looks a variable up in the symbol tables of a program. */
#include "variable.h"

#include "../session/launch.h"

#include <gelf.h>
#include <stdbool.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool find_in_table(Elf *elf, Elf_Scn *section, const GElf_Shdr *header, const char *name, struct variable *ret)
{
	Elf_Data *data = elf_getdata(section, NULL);
	uint64_t n = data && header->sh_entsize ? header->sh_size / header->sh_entsize : 0;
	const char *found;
	GElf_Sym symbol;

	for (uint64_t i = 0; i < n && gelf_getsym(data, (int)i, &symbol); i++) {
		found = elf_strptr(elf, header->sh_link, symbol.st_name);
		if (GELF_ST_TYPE(symbol.st_info) == STT_OBJECT && symbol.st_shndx != SHN_UNDEF && found &&
		    strcmp(found, name) == 0) {
			ret->address = symbol.st_value;
			ret->size = symbol.st_size;
			return true;
		}
	}
	return false;
}

static bool find_in_file(Elf *elf, const char *name, struct variable *ret)
{
	Elf_Scn *section = NULL;
	GElf_Shdr header;

	while ((section = elf_nextscn(elf, section)))
		if (gelf_getshdr(section, &header) && (header.sh_type == SHT_SYMTAB || header.sh_type == SHT_DYNSYM) &&
		    find_in_table(elf, section, &header, name, ret))
			return true;
	return false;
}

/* The processor compares addresses of words. */
static bool can_be_watched(const struct variable *variable)
{
	uint64_t size = variable->size;

	return (size == 1 || size == 2 || size == 4 || size == 8) && variable->address % size == 0;
}

const char *variable_find(const char *command, const char *name, struct variable *ret)
{
	int fd = launch_open(command);
	Elf *elf = fd < 0 || elf_version(EV_CURRENT) == EV_NONE ? NULL : elf_begin(fd, ELF_C_READ_MMAP, NULL);
	bool is_found = elf && elf_kind(elf) == ELF_K_ELF && find_in_file(elf, name, ret);
	struct stat st;

	elf_end(elf);
	if (fd >= 0 && fstat(fd, &st) == 0)
		ret->inode = st.st_ino;
	if (fd >= 0)
		close(fd);
	if (!is_found)
		return "its symbol table has no such variable";
	return can_be_watched(ret) ? NULL : "the hardware watches 1, 2, 4 or 8 bytes that lie in one word";
}

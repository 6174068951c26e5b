/* SPDX-License-Identifier: MIT */
/* Names: demangled, or put together from scopes. */
#include "names.h"

#include <libiberty/demangle.h>
#include <stdlib.h>
#include <string.h>

/* `ends`: what cuts a name that is not mangled. */
static const char *demangle(struct pool *pool, const char *symbol, const char *ends)
{
	char *demangled = cplus_demangle(symbol, DMGL_AUTO | DMGL_ANSI);
	size_t length = 1 + strcspn(symbol + 1, ends);
	const char *name =
		demangled ? pool_printf(pool, "%s", demangled) : pool_printf(pool, "%.*s", (int)length, symbol);

	free(demangled);
	return name;
}

const char *name_of_function_symbol(struct pool *pool, const char *symbol)
{
	return *symbol ? demangle(pool, symbol, "@.") : NULL;
}

const char *name_of_data_symbol(struct pool *pool, const char *symbol)
{
	return *symbol ? demangle(pool, symbol, "@") : NULL;
}

const char *last_name_of(Dwarf_Die *die)
{
	const char *name = dwarf_diename(die);
	Dwarf_Die described;

	if (!name && dwarf_tag(die) == DW_TAG_namespace)
		return "(anonymous namespace)";
	return name || !die_reference(die, DW_AT_signature, &described) ? name : dwarf_diename(&described);
}

/* NULL for anything but functions: a variable's has the parameters of the function that it is in. */
static const char *linkage_name(Dwarf_Die *die)
{
	int tag = dwarf_tag(die);
	const char *name;

	if (tag != DW_TAG_subprogram && tag != DW_TAG_inlined_subroutine)
		return NULL;
	name = die_string(die, DW_AT_linkage_name);
	return name ? name : die_string(die, DW_AT_MIPS_linkage_name);
}

static const char *scoped_name(struct pool *pool, Dwarf_Die *die, int depth)
{
	Dwarf_Die origin, scope;
	const char *outer = NULL, *name = linkage_name(die);

	if (depth == DIE_MAX_DEPTH)
		return NULL;
	if (name)
		return name_of_function_symbol(pool, name);
	name = last_name_of(die);
	die_origin(die, &origin);
	if (die_enclosing(&origin, &scope))
		outer = scoped_name(pool, &scope, depth + 1);
	return name && outer ? pool_printf(pool, "%s::%s", outer, name) : name ? name : outer;
}

const char *name_of_die(struct pool *pool, Dwarf_Die *die)
{
	return last_name_of(die) ? scoped_name(pool, die, 0) : NULL;
}

/* Languages younger than some <dwarf.h>. */
enum {
	LANGUAGE_C17 = 0x2c,
	LANGUAGE_C23 = 0x3e,
};

bool is_in_c(Dwarf_Die *die)
{
	Dwarf_Die unit;

	switch (dwarf_diecu(die, &unit, NULL, NULL) ? dwarf_srclang(&unit) : -1) {
	case DW_LANG_C89:
	case DW_LANG_C:
	case DW_LANG_C99:
	case DW_LANG_C11:
	case LANGUAGE_C17:
	case LANGUAGE_C23:
	case DW_LANG_Mips_Assembler:
		return true;
	default:
		return false;
	}
}

const char *name_of_function(struct pool *pool, Dwarf_Die *die)
{
	return is_in_c(die) ? dwarf_diename(die) : scoped_name(pool, die, 0);
}

const char *name_of_class(struct pool *pool, Dwarf_Die *die, bool is_c)
{
	const char *name = dwarf_diename(die);

	if (!name || !is_c)
		return name_of_die(pool, die);
	return pool_printf(pool, "%s %s", dwarf_tag(die) == DW_TAG_union_type ? "union" : "struct", name);
}

bool is_in_std(Dwarf_Die *die)
{
	Dwarf_Die origin, scope, outer;
	const char *name;

	die_origin(die, &origin);
	if (!die_enclosing(&origin, &scope))
		return false;
	for (int i = 0; i < DIE_MAX_DEPTH && die_enclosing(&scope, &outer); i++)
		scope = outer;
	name = dwarf_diename(&scope);
	return dwarf_tag(&scope) == DW_TAG_namespace && name && strcmp(name, "std") == 0;
}

const char *source_file(Dwarf_Die *unit, const char *path)
{
	const char *folder = die_string(unit, DW_AT_comp_dir);
	size_t length = folder ? strlen(folder) : 0;

	if (path && length && strncmp(path, folder, length) == 0 && path[length] == '/')
		return path + length + 1;
	return path;
}

/* libdw's dwarf_decl_file() takes number 0 for none, as it was before DWARF 5. */
const char *source_of_attribute(Dwarf_Attribute *attribute)
{
	Dwarf_Files *files;
	Dwarf_Half version;
	Dwarf_Word number;
	Dwarf_Die unit;
	size_t n;

	if (!dwarf_cu_die(attribute->cu, &unit, &version, NULL, NULL, NULL, NULL, NULL) ||
	    dwarf_formudata(attribute, &number) != 0 || (number == 0 && version < 5) ||
	    dwarf_getsrcfiles(&unit, &files, &n) != 0 || number >= n)
		return NULL;
	return source_file(&unit, dwarf_filesrc(files, number, NULL, NULL));
}

void source_of_die(Dwarf_Die *die, const char **ret_file, uint32_t *ret_line)
{
	Dwarf_Attribute file;
	int line;

	*ret_file = dwarf_attr_integrate(die, DW_AT_decl_file, &file) ? source_of_attribute(&file) : NULL;
	*ret_line = dwarf_decl_line(die, &line) == 0 && line > 0 ? (uint32_t)line : 0;
}

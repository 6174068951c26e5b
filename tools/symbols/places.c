/* SPDX-License-Identifier: MIT */
/* Names a data address: by DWARF `accounts[3].lock`, else by symbol `accounts+0xc8`. */
#include "places.h"
#include "names.h"
#include "path.h"

#include <inttypes.h>
#include <string.h>

static void name_part(struct binary *binary, Dwarf_Die *variable, const char *name, uint64_t offset, struct place *ret)
{
	struct path path;
	Dwarf_Die type;

	ret->name = pool_printf(binary->pool, "%s", name);
	if (die_reference(variable, DW_AT_type, &type)) {
		path_find(&binary->catalog, &type, offset, &path);
		ret->name = pool_printf(binary->pool, "%s%s", name, path_text(binary->pool, &path));
		ret->class_name = path_class(binary->pool, &path, is_in_c(variable));
	}
	source_of_die(variable, &ret->file, &ret->line);
}

static bool name_by_dwarf(struct binary *binary, uint64_t address, struct place *ret)
{
	struct units *units = binary_units(binary);
	uint64_t address_in_dwarf = address - binary->dwarf_bias;
	struct variable *variable =
		variables_find(&binary->variables, units, binary_labels(binary), binary->dwarf_bias, address_in_dwarf);

	if (!variable)
		return false;
	if (!variable->name)
		variable->name = name_of_die(binary->pool, &variable->die);
	if (variable->name)
		name_part(binary, &variable->die, variable->name, address_in_dwarf - variable->address, ret);
	return variable->name;
}

static void name_by_symbol(struct binary *binary, const char *symbol, uint64_t offset, struct place *ret)
{
	Dwarf_Die variable;

	if (catalog_find_variable(&binary->catalog, symbol, &variable))
		name_part(binary, &variable, symbol, offset, ret);
	else if (offset)
		ret->name = pool_printf(binary->pool, "%s+0x%" PRIx64, symbol, offset);
	else
		ret->name = pool_printf(binary->pool, "%s", symbol);
}

/* What a compiler makes for itself is in no DWARF, and a search for it there would be long: `guard variable for x`. */
static bool is_artificial(const char *symbol)
{
	return strstr(symbol, " for ");
}

void place_at(struct binary *binary, uint64_t address, struct place *ret)
{
	uint64_t start;
	const char *symbol = labels_find_data(binary_labels(binary), binary->pool, address, &start);

	*ret = (struct place){.module = binary->name, .offset = address};
	if (symbol && is_artificial(symbol))
		ret->name = pool_printf(binary->pool, "%s", symbol);
	else if (!name_by_dwarf(binary, address, ret) && symbol)
		name_by_symbol(binary, symbol, address - start, ret);
}

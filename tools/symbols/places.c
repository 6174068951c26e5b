/* SPDX-License-Identifier: MIT */
/* Names a data address: by DWARF `accounts[3].lock`, else by symbol `accounts+0xc8`. */
#include "places.h"
#include "names.h"
#include "path.h"

#include <inttypes.h>

static void name_part(struct image *image, Dwarf_Die *variable, const char *name, uint64_t offset, struct place *ret)
{
	struct path path;
	Dwarf_Die type;

	ret->name = pool_printf(image->pool, "%s", name);
	if (die_reference(variable, DW_AT_type, &type)) {
		path_find(&image->catalog, &type, offset, &path);
		ret->name = pool_printf(image->pool, "%s%s", name, path_text(image->pool, &path));
		ret->class_name = path_class(image->pool, &path);
	}
	source_of_die(variable, &ret->file, &ret->line);
}

static bool name_by_dwarf(struct image *image, uint64_t address, struct place *ret)
{
	struct units *units = image_units(image);
	uint64_t address_in_dwarf = address - image->dwarf_bias;
	struct variable *variable =
		variables_find(&image->variables, units, image_labels(image), image->dwarf_bias, address_in_dwarf);
	const char *name = variable ? name_of_die(image->pool, &variable->die) : NULL;

	if (name)
		name_part(image, &variable->die, name, address_in_dwarf - variable->address, ret);
	return name;
}

static void name_by_symbol(struct image *image, uint64_t address, struct place *ret)
{
	uint64_t start;
	const char *name = labels_find_data(image_labels(image), image->pool, address, &start);
	Dwarf_Die variable;

	if (!name)
		return;
	if (catalog_find_variable(&image->catalog, name, &variable))
		name_part(image, &variable, name, address - start, ret);
	else if (address > start)
		ret->name = pool_printf(image->pool, "%s+0x%" PRIx64, name, address - start);
	else
		ret->name = pool_printf(image->pool, "%s", name);
}

void place_at(struct image *image, uint64_t address, struct place *ret)
{
	*ret = (struct place){.module = image->name, .offset = address};
	if (!name_by_dwarf(image, address, ret))
		name_by_symbol(image, address, ret);
}

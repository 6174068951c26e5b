/* SPDX-License-Identifier: MIT */
/* Classes and declared variables of all units, sorted by their last name. */
#include "catalog.h"
#include "array.h"
#include "names.h"
#include "types.h"

#include <stdlib.h>
#include <string.h>

struct catalog_entry {
	const char *name;
	bool is_class;
	Dwarf_Die die;
};

void catalog_init(struct catalog *catalog, struct pool *pool, struct units *units)
{
	*catalog = (struct catalog){.pool = pool, .units = units};
}

void catalog_deinit(struct catalog *catalog)
{
	free(catalog->list);
}

/* A class whose description stands in a unit of its own counts as described here. */
static bool is_described(Dwarf_Die *die)
{
	return !die_flag(die, DW_AT_declaration) || dwarf_hasattr(die, DW_AT_signature);
}

static void add_entry(Dwarf_Die *die, int tag, void *arg)
{
	struct catalog *catalog = arg;
	bool is_class = type_is_class(die);
	const char *name;

	if ((!is_class && tag != DW_TAG_variable) || is_described(die) != is_class)
		return;
	name = last_name_of(die);
	if (!name)
		return;
	catalog->list = array_grow(catalog->list, catalog->n, sizeof(*catalog->list));
	catalog->list[catalog->n++] = (struct catalog_entry){.name = name, .is_class = is_class, .die = *die};
}

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct catalog_entry *)a)->name, ((const struct catalog_entry *)b)->name);
}

static void fill(struct catalog *catalog)
{
	for (size_t i = 0; i < catalog->units->n; i++)
		die_walk(unit_tree(&catalog->units->list[i]), false, add_entry, catalog);
	if (catalog->n)
		qsort(catalog->list, catalog->n, sizeof(*catalog->list), compare);
}

/* The first entry whose name is not less. */
static size_t first_with(const struct catalog *catalog, const char *name)
{
	size_t low = 0, high = catalog->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(catalog->list[middle].name, name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool find(struct catalog *catalog, bool is_class, const char *scoped, const char *name, Dwarf_Die *ret)
{
	if (!catalog->is_filled) {
		catalog->is_filled = true;
		fill(catalog);
	}
	if (!scoped)
		return false;
	for (size_t i = first_with(catalog, name); i < catalog->n && strcmp(catalog->list[i].name, name) == 0; i++) {
		struct catalog_entry *entry = &catalog->list[i];
		const char *found = entry->is_class == is_class ? name_of_die(catalog->pool, &entry->die) : NULL;

		if (found && strcmp(found, scoped) == 0) {
			*ret = entry->die;
			return true;
		}
	}
	return false;
}

bool catalog_find_class(struct catalog *catalog, Dwarf_Die *declaration, Dwarf_Die *ret)
{
	const char *name = dwarf_diename(declaration);

	return name && find(catalog, true, name_of_die(catalog->pool, declaration), name, ret);
}

bool catalog_find_variable(struct catalog *catalog, const char *name, Dwarf_Die *ret)
{
	const char *last = strrchr(name, ':');

	return find(catalog, false, name, last ? last + 1 : name, ret);
}

/* SPDX-License-Identifier: MIT */
/* Units and functions by address. */
#include "units.h"
#include "array.h"

#include <stdlib.h>

/* Code that the linker threw away is left in the ranges at address 0. */
static void add_ranges(struct spans *spans, Dwarf_Die *die, uint32_t item)
{
	Dwarf_Addr base, start, end;
	ptrdiff_t offset = 0;

	while ((offset = dwarf_ranges(die, offset, &base, &start, &end)) > 0)
		if (start && end > start)
			spans_add(spans, start, end, item);
}

static void add_unit(struct units *units, const Dwarf_Die *die)
{
	struct unit *unit;

	units->list = array_grow(units->list, units->n, sizeof(*units->list));
	unit = &units->list[units->n];
	*unit = (struct unit){.die = *die};
	add_ranges(&units->spans, &unit->die, (uint32_t)units->n++);
}

void units_init(struct units *units, Dwarf *dwarf)
{
	Dwarf_CU *cu = NULL;
	Dwarf_Die die;

	*units = (struct units){0};
	while (dwarf_get_units(dwarf, cu, &cu, NULL, NULL, &die, NULL) == 0) {
		int tag = dwarf_tag(&die);

		if (tag == DW_TAG_compile_unit || tag == DW_TAG_skeleton_unit)
			add_unit(units, &die);
	}
	spans_sort(&units->spans);
}

void units_deinit(struct units *units)
{
	for (size_t i = 0; i < units->n; i++) {
		free(units->list[i].functions);
		spans_deinit(&units->list[i].spans);
	}
	free(units->list);
	spans_deinit(&units->spans);
}

struct unit *units_find(struct units *units, uint64_t address)
{
	const struct span *span = spans_find(&units->spans, address, NULL);

	return span ? &units->list[span->item] : NULL;
}

Dwarf_Die *unit_tree(struct unit *unit)
{
	Dwarf_Die split;
	uint8_t type;

	if (unit->has_tree)
		return &unit->tree;
	unit->has_tree = true;
	unit->tree = unit->die;
	if (dwarf_cu_info(unit->die.cu, NULL, &type, NULL, &split, NULL, NULL, NULL) == 0 && type == DW_UT_skeleton &&
	    dwarf_tag(&split) == DW_TAG_compile_unit)
		unit->tree = split;
	return &unit->tree;
}

static void add_function(Dwarf_Die *die, int tag, void *arg)
{
	struct unit *unit = arg;

	if (tag != DW_TAG_subprogram)
		return;
	unit->functions = array_grow(unit->functions, unit->n_functions, sizeof(*unit->functions));
	unit->functions[unit->n_functions] = (struct function){.die = *die};
	add_ranges(&unit->spans, die, (uint32_t)unit->n_functions++);
}

static void collect_functions(struct unit *unit, bool is_deep)
{
	unit->n_functions = 0;
	unit->spans.n = 0;
	die_walk(unit_tree(unit), is_deep, add_function, unit);
	spans_sort(&unit->spans);
}

struct function *unit_find_function(struct unit *unit, uint64_t address)
{
	const struct span *span;

	if (!unit->has_functions) {
		unit->has_functions = true;
		collect_functions(unit, false);
	}
	span = spans_find(&unit->spans, address, NULL);
	if (!span && !unit->has_nested_functions) {
		unit->has_nested_functions = true;
		collect_functions(unit, true);
		span = spans_find(&unit->spans, address, NULL);
	}
	return span ? &unit->functions[span->item] : NULL;
}

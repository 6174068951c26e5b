/* SPDX-License-Identifier: MIT */
/* Variables by address: collected once, with the room that their types take. */
#include "variables.h"
#include "array.h"
#include "types.h"

#include <stdlib.h>

void variables_deinit(struct variables *variables)
{
	free(variables->list);
	spans_deinit(&variables->spans);
}

struct collection {
	struct variables *variables;
	const struct labels *labels;
	uint64_t bias;
};

static uint64_t end_of(const struct collection *collection, Dwarf_Die *die, uint64_t address)
{
	Dwarf_Die type;
	uint64_t size, end;

	if (die_reference(die, DW_AT_type, &type) && type_size(NULL, &type, &size))
		return address + size;
	end = labels_data_end(collection->labels, address + collection->bias);
	return end ? end - collection->bias : address + 1;
}

static void add_variable(Dwarf_Die *die, int tag, void *arg)
{
	const struct collection *collection = arg;
	struct variables *variables = collection->variables;
	uint64_t address;

	/* What the linker threw away is left at address 0. */
	if (tag != DW_TAG_variable || !die_static_address(die, &address) || !address)
		return;
	variables->list = array_grow(variables->list, variables->n, sizeof(*variables->list));
	spans_add(&variables->spans, address, end_of(collection, die, address), (uint32_t)variables->n);
	variables->list[variables->n++] = (struct variable){.die = *die, .address = address};
}

static void collect(struct collection *collection, struct units *units, bool is_deep)
{
	collection->variables->n = 0;
	collection->variables->spans.n = 0;
	for (size_t i = 0; i < units->n; i++)
		die_walk(unit_tree(&units->list[i]), is_deep, add_variable, collection);
	spans_sort(&collection->variables->spans);
}

struct variable *variables_find(struct variables *variables, struct units *units, const struct labels *labels,
				uint64_t bias, uint64_t address)
{
	struct collection collection = {.variables = variables, .labels = labels, .bias = bias};
	const struct span *span;

	if (!variables->has_globals) {
		variables->has_globals = true;
		collect(&collection, units, false);
	}
	span = spans_find(&variables->spans, address, NULL);
	if (!span && !variables->has_locals) {
		variables->has_locals = true;
		collect(&collection, units, true);
		span = spans_find(&variables->spans, address, NULL);
	}
	return span ? &variables->list[span->item] : NULL;
}

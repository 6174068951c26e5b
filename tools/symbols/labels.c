/* SPDX-License-Identifier: MIT */
/* Function and variable names of the symbol tables; libdwfl chooses the table (.symtab, .gnu_debugdata, .dynsym). */
#include "labels.h"
#include "names.h"

#include <string.h>

static void add_symbol(struct labels *labels, const GElf_Sym *symbol, uint64_t address, uint32_t index)
{
	switch (GELF_ST_TYPE(symbol->st_info)) {
	case STT_FUNC:
	case STT_GNU_IFUNC:
		spans_add(&labels->code, address, address + symbol->st_size, index);
		break;
	case STT_OBJECT:
		spans_add(&labels->data, address, address + symbol->st_size, index);
		break;
	}
}

void labels_init(struct labels *labels, Dwfl_Module *module)
{
	int n = dwfl_module_getsymtab(module);

	*labels = (struct labels){.module = module};
	for (int i = 1; i < n; i++) {
		GElf_Sym symbol;
		GElf_Addr address;
		GElf_Word section;

		if (dwfl_module_getsym_info(module, i, &symbol, &address, &section, NULL, NULL) &&
		    section != SHN_UNDEF && section != SHN_ABS && section != (GElf_Word)-1)
			add_symbol(labels, &symbol, address, (uint32_t)i);
	}
	spans_sort(&labels->code);
	spans_sort(&labels->data);
}

void labels_deinit(struct labels *labels)
{
	spans_deinit(&labels->code);
	spans_deinit(&labels->data);
}

/* Aliases share an address (`pthread_mutex_lock`, `___pthread_mutex_lock`, `__GI___pthread_mutex_lock`): fewer underscores
 * in front is what a person would say. */
static const char *better(const char *a, const char *b)
{
	size_t n = strspn(a, "_"), m = strspn(b, "_");

	if (n != m)
		return n < m ? a : b;
	return strlen(b) < strlen(a) ? b : a;
}

static const char *find(const struct labels *labels, const struct spans *spans, uint64_t address, uint64_t *ret_start)
{
	const struct span *span = spans_find(spans, address, NULL), *first = span;
	const char *best = NULL;

	for (; span && span->start == first->start; span = spans_find(spans, address, span)) {
		GElf_Sym symbol;
		GElf_Addr value;
		const char *name =
			dwfl_module_getsym_info(labels->module, (int)span->item, &symbol, &value, NULL, NULL, NULL);

		if (name && *name)
			best = best ? better(best, name) : name;
	}
	if (best)
		*ret_start = first->start;
	return best;
}

const char *labels_find_code(const struct labels *labels, struct pool *pool, uint64_t address)
{
	uint64_t start;
	const char *symbol = find(labels, &labels->code, address, &start);

	return symbol ? name_of_function_symbol(pool, symbol) : NULL;
}

const char *labels_find_data(const struct labels *labels, struct pool *pool, uint64_t address, uint64_t *ret_start)
{
	const char *symbol = find(labels, &labels->data, address, ret_start);

	return symbol ? name_of_data_symbol(pool, symbol) : NULL;
}

uint64_t labels_data_end(const struct labels *labels, uint64_t address)
{
	const struct span *span = spans_find(&labels->data, address, NULL);

	return span && span->start == address ? span->end : 0;
}

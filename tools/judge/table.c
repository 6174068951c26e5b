/* SPDX-License-Identifier: MIT */
/* Open addressing with linear probing, never more than half full. */
#include "table.h"

#include "../trace/pool.h"

#include <stdlib.h>
#include <string.h>

enum { SMALLEST = 64 };

struct table_entry {
	uint64_t key;			/* 0: free */
	uint32_t value;
};

static struct table_entry *probe(const struct table *table, uint64_t key)
{
	uint32_t i = (uint32_t)(mix(0, key) >> 16) & table->mask;

	while (table->entries[i].key && table->entries[i].key != key)
		i = (i + 1) & table->mask;
	return &table->entries[i];
}

static void grow(struct table *table)
{
	struct table_entry *old = table->entries;
	uint32_t n_old = old ? table->mask + 1 : 0, n_new = old ? n_old * 2 : SMALLEST;

	table->entries = grow_array(NULL, n_new, sizeof(*old));
	memset(table->entries, 0, n_new * sizeof(*old));
	table->mask = n_new - 1;
	for (uint32_t i = 0; i < n_old; i++)
		if (old[i].key)
			*probe(table, old[i].key) = old[i];
	free(old);
}

void table_deinit(struct table *table)
{
	free(table->entries);
}

uint32_t *table_at(struct table *table, uint64_t key)
{
	struct table_entry *entry;

	key += !key;
	if (!table->entries || table->n > table->mask / 2)
		grow(table);
	entry = probe(table, key);
	if (!entry->key) {
		entry->key = key;
		table->n++;
	}
	return &entry->value;
}

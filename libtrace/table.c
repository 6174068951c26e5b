/* SPDX-License-Identifier: MIT */
/* The map of table.h. */
#include "table.h"

#include "compiler.h"
#include "pages.h"

static uint64_t level_size(int level)
{
	return 1ull << (TABLE_FIRST_BITS + 2 * level);
}

static struct table_entry *place(struct table_entry *entries, int level, uint64_t key, uint64_t probe)
{
	return &entries[((mix64(key) >> 32) + probe) & (level_size(level) - 1)];
}

uint64_t *table_find(const struct table *table, uint64_t key)
{
	for (int i = 0; i < TABLE_LEVELS; i++) {
		struct table_entry *entries = __atomic_load_n(&table->level[i], __ATOMIC_ACQUIRE);

		if (!entries)
			return NULL;
		for (uint64_t probe = 0; probe < TABLE_PROBES; probe++) {
			struct table_entry *entry = place(entries, i, key, probe);
			uint64_t found = __atomic_load_n(&entry->key, __ATOMIC_ACQUIRE);

			if (found == key)
				return &entry->value;
			if (!found)
				return NULL;
		}
	}
	return NULL;
}

static cold struct table_entry *level_new(struct table *table, int level)
{
	size_t size = level_size(level) * sizeof(struct table_entry);
	struct table_entry *entries = pages_new(size), *other = NULL;

	if (!entries)
		return NULL;
	if (!__atomic_compare_exchange_n(&table->level[level], &other, entries, false, __ATOMIC_ACQ_REL,
					 __ATOMIC_ACQUIRE)) {
		pages_free(entries, size);
		return other;
	}
	return entries;
}

/* Takes the entry for the key if it is free, and tells whether it is the key's. */
static bool claim(struct table_entry *entry, uint64_t key, bool *ret_is_new)
{
	uint64_t found = __atomic_load_n(&entry->key, __ATOMIC_ACQUIRE);

	*ret_is_new = !found && __atomic_compare_exchange_n(&entry->key, &found, key, false, __ATOMIC_ACQ_REL,
							    __ATOMIC_ACQUIRE);
	return *ret_is_new || found == key;
}

uint64_t *table_insert(struct table *table, uint64_t key, bool *ret_is_new)
{
	for (int i = 0; i < TABLE_LEVELS; i++) {
		struct table_entry *entries = __atomic_load_n(&table->level[i], __ATOMIC_ACQUIRE);

		if (!entries)
			entries = level_new(table, i);
		if (!entries)
			return NULL;
		for (uint64_t probe = 0; probe < TABLE_PROBES; probe++) {
			struct table_entry *entry = place(entries, i, key, probe);

			if (claim(entry, key, ret_is_new))
				return &entry->value;
		}
	}
	return NULL;
}

uint64_t table_next(const struct table *table, uint64_t *position)
{
	uint64_t begin = 0;

	for (int i = 0; i < TABLE_LEVELS && table->level[i]; begin += level_size(i++))
		while (*position - begin < level_size(i)) {
			uint64_t key = __atomic_load_n(&table->level[i][(*position)++ - begin].key, __ATOMIC_ACQUIRE);

			if (key)
				return key;
		}
	return 0;
}

cold void table_clear(struct table *table)
{
	for (int i = 0; i < TABLE_LEVELS; i++) {
		pages_free(table->level[i], level_size(i) * sizeof(struct table_entry));
		table->level[i] = NULL;
	}
}

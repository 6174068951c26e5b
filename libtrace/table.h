/* SPDX-License-Identifier: MIT */
/* A map from 64-bit keys to 64-bit values that grows, never forgets a key, and is read and written without a lock.
 *
 * It is a row of hash arrays, each four times as large as the one before.  A key lies in the first array that had room
 * within PROBES places of its hash; arrays come into being when they are first needed and nothing is ever moved, so a
 * pointer to a value stays good.  Small programs pay for the small arrays only.
 */
#ifndef SNAG_TABLE_H
#define SNAG_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	TABLE_LEVELS = 6,		/* 4,096 to 4,194,304 entries */
	TABLE_FIRST_BITS = 12,
	TABLE_PROBES = 16,
};

struct table_entry {
	uint64_t key;			/* 0: free */
	uint64_t value;
};

struct table {
	struct table_entry *level[TABLE_LEVELS];
};

static inline uint64_t mix64(uint64_t x)
{
	x *= 0x9e3779b97f4a7c15u;
	x ^= x >> 32;
	return x * 0xd6e8feb86659fd93u;
}

/* The value of a key, or NULL.  Keys are never 0. */
uint64_t *table_find(const struct table *table, uint64_t key);

/* The same, in line, where most keys lie: where they are looked for first. */
static inline uint64_t *table_find_first(const struct table *table, uint64_t key)
{
	const uint64_t mask = (1u << TABLE_FIRST_BITS) - 1;
	struct table_entry *entries = __atomic_load_n(&table->level[0], __ATOMIC_ACQUIRE);
	struct table_entry *entry = &entries[mix64(key) >> 32 & mask];

	return entries && __atomic_load_n(&entry->key, __ATOMIC_ACQUIRE) == key ? &entry->value : NULL;
}

/* ... there first. */
static inline uint64_t *table_find_near(const struct table *table, uint64_t key)
{
	uint64_t *value = table_find_first(table, key);

	return value ? value : table_find(table, key);
}

/* The value of a key, which is put in with value 0 when it is new.  NULL: no memory, or full. */
uint64_t *table_insert(struct table *table, uint64_t key, bool *ret_is_new);

/* One key after the other, in no order, 0 at the end; *position begins at 0. */
uint64_t table_next(const struct table *table, uint64_t *position);

/* Forgets everything.  Only while no other thread uses the table. */
void table_clear(struct table *table);

#endif

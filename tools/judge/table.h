/* SPDX-License-Identifier: MIT */
/* A map from 64-bit keys to numbers, by open addressing.  Keys are hashes already; what hashes the same is the same. */
#ifndef SNAG_TABLE_H
#define SNAG_TABLE_H

#include <stdint.h>

struct table {
	struct table_entry *entries;
	uint32_t n, mask;
};

/* A zeroed table is an empty one. */
void table_deinit(struct table *table);

/* The value of a key, to be read or set; a new one is 0.  It may move at the next call. */
uint32_t *table_at(struct table *table, uint64_t key);

/* Mixes a value into a hash.  The hash is stirred before, so that small numbers do not cancel each other out. */
static inline uint64_t mix(uint64_t hash, uint64_t value)
{
	hash = (hash + 0x9e3779b97f4a7c15u) * 0xbf58476d1ce4e5b9u;
	hash = (hash ^ hash >> 29 ^ value) * 0x94d049bb133111ebu;
	return hash ^ hash >> 32;
}

#endif

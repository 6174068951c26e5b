/* SPDX-License-Identifier: MIT */
/* The little database: connections, tables, rows. */
#ifndef TALE_STORE_H
#define TALE_STORE_H

struct store;

struct store *store_open(const char *name);
void store_close(struct store *store);

/* A row with this key; what was there is replaced. */
void store_insert(struct store *store, unsigned key, const char *value);

/* How many rows have this value. */
unsigned store_count(struct store *store, const char *value);

#endif

/* SPDX-License-Identifier: MIT */
/* The little database: a connection has a file and a cache of its pages. */
#include "store.h"

#include "os.h"

#include <stdbool.h>
#include <string.h>

enum { N_CACHED = 4, N_ROWS = 16 };

struct cached {
	bool is_valid;
	unsigned page, used_at;
	char text[PAGE_SIZE];
};

struct store {
	struct os_file *file;
	struct cached cache[N_CACHED];
	unsigned clock;
};

struct store *store_open(const char *name)
{
	struct store *store = os_allocate(sizeof(*store));

	store->file = os_open(name);
	return store;
}

void store_close(struct store *store)
{
	os_close(store->file);
	os_free(store, sizeof(*store));
}

/* The page that has not been used for the longest time makes room. */
static struct cached *victim(struct store *store)
{
	struct cached *oldest = &store->cache[0];

	for (int i = 0; i < N_CACHED; i++) {
		if (!store->cache[i].is_valid)
			return &store->cache[i];
		if (store->cache[i].used_at < oldest->used_at)
			oldest = &store->cache[i];
	}
	return oldest;
}

static struct cached *find_page(struct store *store, unsigned page)
{
	struct cached *cached;

	for (int i = 0; i < N_CACHED; i++)
		if (store->cache[i].is_valid && store->cache[i].page == page)
			return &store->cache[i];
	cached = victim(store);
	os_read(store->file, page, cached->text);
	cached->page = page;
	cached->is_valid = true;
	return cached;
}

static char *page_of(struct store *store, unsigned page)
{
	struct cached *cached = find_page(store, page);

	cached->used_at = ++store->clock;
	return cached->text;
}

void store_insert(struct store *store, unsigned key, const char *value)
{
	char *text = page_of(store, key % N_ROWS);

	strncpy(text, value, PAGE_SIZE - 1);
	os_write(store->file, key % N_ROWS, text);
}

/* Others may have written since: the cache is of no use then. */
unsigned store_count(struct store *store, const char *value)
{
	unsigned n = 0;

	for (int i = 0; i < N_CACHED; i++)
		store->cache[i].is_valid = false;
	for (unsigned page = 0; page < N_ROWS; page++)
		n += strcmp(page_of(store, page), value) == 0;
	return n;
}

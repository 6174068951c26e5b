/* SPDX-License-Identifier: MIT */
/* Addresses of one process -> names: which file lay there then, and what that file knows; every answer is kept.
 *
 * Files are told apart by path and build id, so a library that was loaded a hundred times is read once.
 */
#include "symbols.h"
#include "array.h"
#include "frames.h"
#include "places.h"

#include <assert.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

/* Where and when an ELF file was loaded. */
struct mapping {
	uint64_t bias;
	uint32_t epoch, gone_epoch;
	const char *path;
	unsigned char *build_id;
	size_t build_id_size;
	struct binary *binary; /* NULL until an address in it is asked for */
};

struct symbols {
	struct pool *pool;
	struct search *search;
	struct mapping *mappings;
	size_t n_mappings;
	struct spans spans; /* of mappings */
	bool is_sorted;
	struct binary **binaries;
	size_t n_binaries;
	struct binary nowhere; /* for addresses outside every file */
};

struct symbols *symbols_new(const char *debug_path)
{
	struct pool *pool = pool_new();
	struct symbols *symbols = pool_alloc(pool, sizeof(*symbols));

	symbols->pool = pool;
	symbols->nowhere.pool = pool;
	symbols->search = search_new(pool, debug_path);
	return symbols;
}

void symbols_free(struct symbols *symbols)
{
	if (!symbols)
		return;
	for (size_t i = 0; i < symbols->n_binaries; i++)
		binary_free(symbols->binaries[i]);
	binary_free(&symbols->nowhere);
	free(symbols->binaries);
	free(symbols->mappings);
	spans_deinit(&symbols->spans);
	pool_free(symbols->pool);
}

void symbols_add_module(struct symbols *symbols, const char *path, uint64_t bias, uint64_t start, uint64_t end,
			uint32_t epoch, uint32_t gone_epoch, const unsigned char *build_id, size_t build_id_size)
{
	struct mapping *mapping;

	symbols->mappings = array_grow(symbols->mappings, symbols->n_mappings, sizeof(*mapping));
	spans_add(&symbols->spans, start, end, (uint32_t)symbols->n_mappings);
	symbols->is_sorted = false;
	mapping = &symbols->mappings[symbols->n_mappings++];
	*mapping = (struct mapping){
		.bias = bias, .epoch = epoch, .gone_epoch = gone_epoch, .build_id_size = build_id_size};
	mapping->path = pool_printf(symbols->pool, "%s", path);
	mapping->build_id = pool_alloc(symbols->pool, build_id_size);
	if (build_id_size)
		memcpy(mapping->build_id, build_id, build_id_size);
}

static bool is_file_of(const struct binary *binary, const struct mapping *mapping)
{
	return binary->build_id_size == mapping->build_id_size &&
	       memcmp(binary->build_id, mapping->build_id, mapping->build_id_size) == 0 &&
	       strcmp(binary->given_path, mapping->path) == 0;
}

static struct binary *binary_of(struct symbols *symbols, struct mapping *mapping)
{
	for (size_t i = 0; !mapping->binary && i < symbols->n_binaries; i++)
		if (is_file_of(symbols->binaries[i], mapping))
			mapping->binary = symbols->binaries[i];
	if (mapping->binary)
		return mapping->binary;
	mapping->binary =
		binary_new(symbols->pool, symbols->search, mapping->path, mapping->build_id, mapping->build_id_size);
	symbols->binaries = array_grow(symbols->binaries, symbols->n_binaries, sizeof(*symbols->binaries));
	return symbols->binaries[symbols->n_binaries++] = mapping->binary;
}

static struct mapping *mapping_at(struct symbols *symbols, uint64_t address, uint32_t epoch)
{
	const struct span *span = NULL;

	if (!symbols->is_sorted)
		spans_sort(&symbols->spans);
	symbols->is_sorted = true;
	while ((span = spans_find(&symbols->spans, address, span))) {
		struct mapping *mapping = &symbols->mappings[span->item];

		if (mapping->epoch <= epoch && epoch < mapping->gone_epoch)
			return mapping;
	}
	return NULL;
}

/* ---- answers, kept by address ----------------------------------------------------------------------------------- */

/* The start of each kind of answer. */
struct answer {
	uint64_t address;
	bool is_return;
};

struct frames_answer {
	struct answer key;
	const struct frame *frames;
	size_t n;
};

struct place_answer {
	struct answer key;
	struct place place;
};

static int compare_answers(const void *a, const void *b)
{
	const struct answer *x = a, *y = b;

	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	return (int)x->is_return - (int)y->is_return;
}

/* The answer kept in a tree under a key, or a new one of `size` bytes with nothing but the key in it. */
static void *find_answer(struct pool *pool, void **tree, struct answer key, size_t size, bool *ret_is_new)
{
	struct answer **node = tsearch(&key, tree, compare_answers), *answer;

	assert(node);
	*ret_is_new = *node == &key;
	if (*ret_is_new) {
		answer = pool_alloc(pool, size);
		*answer = key;
		*node = answer;
	}
	return *node;
}

const struct frame *symbols_frames(struct symbols *symbols, uint64_t pc, uint32_t epoch, bool is_return, size_t *ret_n)
{
	uint64_t address = is_return && pc ? pc - 1 : pc;
	struct mapping *mapping = mapping_at(symbols, address, epoch);
	struct binary *binary = mapping ? binary_of(symbols, mapping) : &symbols->nowhere;
	uint64_t bias = mapping ? mapping->bias : 0;
	struct frames_answer *answer;
	bool is_new;

	answer = find_answer(symbols->pool, &binary->frames, (struct answer){pc - bias, is_return}, sizeof(*answer),
			     &is_new);
	if (is_new)
		answer->frames = frames_at(binary, address - bias, pc - bias, &answer->n);
	*ret_n = answer->n;
	return answer->frames;
}

bool symbols_place(struct symbols *symbols, uint64_t address, uint32_t epoch, struct place *ret_place)
{
	struct mapping *mapping = mapping_at(symbols, address, epoch);
	struct place_answer *answer;
	struct binary *binary;
	bool is_new;

	if (!mapping)
		return false;
	binary = binary_of(symbols, mapping);
	answer = find_answer(symbols->pool, &binary->places, (struct answer){address - mapping->bias, false},
			     sizeof(*answer), &is_new);
	if (is_new)
		place_at(binary, address - mapping->bias, &answer->place);
	*ret_place = answer->place;
	if (ret_place->name) {
		ret_place->name = strdup(ret_place->name);
		assert(ret_place->name);
	}
	return true;
}

void place_deinit(struct place *place)
{
	free(place->name);
	place->name = NULL;
}

/* SPDX-License-Identifier: MIT */
/* Opens what an ELF file has to tell, step by step. */
#include "binary.h"
#include "separate.h"

#include <search.h>
#include <string.h>

#define DELETED " (deleted)"

/* The kernel marks the names of files that were deleted.  Another file may have the name now: nothing but a build id can
 * tell that it was put back. */
static bool cut_mark(char *path)
{
	size_t length = strlen(path), tail = strlen(DELETED);

	if (length <= tail || strcmp(path + length - tail, DELETED) != 0)
		return false;
	path[length - tail] = '\0';
	return true;
}

struct binary *binary_new(struct pool *pool, struct search *search, const char *path, const unsigned char *build_id,
			  size_t build_id_size)
{
	struct binary *binary = pool_alloc(pool, sizeof(*binary));
	char *copy = pool_printf(pool, "%s", path), *slash;
	bool is_deleted = cut_mark(copy);

	slash = strrchr(copy, '/');
	binary->pool = pool;
	catalog_init(&binary->catalog, pool, &binary->units);
	binary->path = copy;
	binary->name = slash ? slash + 1 : copy;
	binary->given_path = path;
	binary->build_id = build_id;
	binary->build_id_size = build_id_size;
	if (build_id_size || !is_deleted)
		binary->dwfl = search_open(search, copy, build_id, build_id_size, &binary->module);
	return binary;
}

static void forget(void *answer)
{
	/* The pool owns it. */
}

void binary_free(struct binary *binary)
{
	tdestroy(binary->frames, forget);
	tdestroy(binary->places, forget);
	catalog_deinit(&binary->catalog);
	variables_deinit(&binary->variables);
	units_deinit(&binary->units);
	labels_deinit(&binary->labels);
	dwfl_end(binary->dwfl);
}

struct labels *binary_labels(struct binary *binary)
{
	if (binary->module && !binary->has_labels)
		labels_init(&binary->labels, binary->module);
	binary->has_labels = true;
	return &binary->labels;
}

struct units *binary_units(struct binary *binary)
{
	Dwarf *dwarf;

	if (!binary->module || binary->has_dwarf)
		return &binary->units;
	binary->has_dwarf = true;
	dwarf = dwfl_module_getdwarf(binary->module, &binary->dwarf_bias);
	if (dwarf && separate_has_right_common(dwarf))
		units_init(&binary->units, dwarf);
	return &binary->units;
}

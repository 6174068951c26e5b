/* SPDX-License-Identifier: MIT */
/* Opens what an ELF file has to tell, step by step. */
#include "image.h"

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

struct image *image_new(struct pool *pool, struct search *search, const char *path, const unsigned char *build_id,
			size_t build_id_size)
{
	struct image *image = pool_alloc(pool, sizeof(*image));
	char *copy = pool_printf(pool, "%s", path), *slash;
	bool is_deleted = cut_mark(copy);

	slash = strrchr(copy, '/');
	image->pool = pool;
	catalog_init(&image->catalog, pool, &image->units);
	image->path = copy;
	image->name = slash ? slash + 1 : copy;
	image->given_path = path;
	image->build_id = build_id;
	image->build_id_size = build_id_size;
	if (build_id_size || !is_deleted)
		image->dwfl = search_open(search, copy, build_id, build_id_size, &image->module);
	return image;
}

static void forget(void *answer)
{
	/* The pool owns it. */
}

void image_free(struct image *image)
{
	tdestroy(image->frames, forget);
	tdestroy(image->places, forget);
	catalog_deinit(&image->catalog);
	variables_deinit(&image->variables);
	units_deinit(&image->units);
	labels_deinit(&image->labels);
	dwfl_end(image->dwfl);
}

struct labels *image_labels(struct image *image)
{
	if (image->module && !image->has_labels)
		labels_init(&image->labels, image->module);
	image->has_labels = true;
	return &image->labels;
}

struct units *image_units(struct image *image)
{
	Dwarf *dwarf;

	if (!image->module || image->has_dwarf)
		return &image->units;
	image->has_dwarf = true;
	dwarf = dwfl_module_getdwarf(image->module, &image->dwarf_bias);
	if (dwarf)
		units_init(&image->units, dwarf);
	return &image->units;
}

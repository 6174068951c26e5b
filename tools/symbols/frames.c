/* SPDX-License-Identifier: MIT */
/* Code address -> frames.
 *
 * The function that covers the address holds a nest of inlined calls; those that cover the address too are the frames,
 * from the outside in.  The line table has the innermost one's line, and each inlined call the line of its caller.
 */
#include "frames.h"
#include "names.h"

#include <assert.h>

enum { MAX_NEST = 128 }; /* of functions inlined into each other */

/* nest[0] is the function, each next one is inlined into the one before it. */
struct nest {
	Dwarf_Die list[MAX_NEST];
	size_t n;
};

static bool can_hold_code(int tag)
{
	return tag == DW_TAG_lexical_block || tag == DW_TAG_inlined_subroutine || tag == DW_TAG_try_block ||
	       tag == DW_TAG_catch_block;
}

static bool find_inside(Dwarf_Die *parent, uint64_t address, Dwarf_Die *ret)
{
	Dwarf_Die die;

	if (dwarf_child(parent, &die) != 0)
		return false;
	do {
		if (can_hold_code(dwarf_tag(&die)) && dwarf_haspc(&die, address) > 0) {
			*ret = die;
			return true;
		}
	} while (dwarf_siblingof(&die, &die) == 0);
	return false;
}

static void find_nest(struct nest *nest, const Dwarf_Die *function, uint64_t address)
{
	Dwarf_Die at = *function, inside;

	nest->list[0] = at;
	nest->n = 1;
	for (int i = 0; i < DIE_MAX_DEPTH && find_inside(&at, address, &inside); i++) {
		at = inside;
		if (dwarf_tag(&at) == DW_TAG_inlined_subroutine && nest->n < MAX_NEST)
			nest->list[nest->n++] = at;
	}
}

static void set_line(struct frame *frame, struct unit *unit, uint64_t address)
{
	Dwarf_Line *line = dwarf_getsrc_die(&unit->die, address);
	int number;

	if (!line)
		return;
	frame->file = source_file(&unit->die, dwarf_linesrc(line, NULL, NULL));
	if (dwarf_lineno(line, &number) == 0 && number > 0)
		frame->line = (uint32_t)number;
}

/* The place in `frame` from which `inlined` was called. */
static void set_call_line(struct frame *frame, Dwarf_Die *inlined)
{
	Dwarf_Attribute file;
	uint64_t line;

	if (die_number(inlined, DW_AT_call_line, &line) && line <= UINT32_MAX)
		frame->line = (uint32_t)line;
	if (dwarf_attr(inlined, DW_AT_call_file, &file))
		frame->file = source_of_attribute(&file);
}

/* A library's own name for a function may have a public alias: `___pthread_mutex_lock`. */
static const char *public_name(struct image *image, struct function *function, const char *name)
{
	const char *label;
	Dwarf_Addr entry;

	if ((name && name[0] != '_') || dwarf_entrypc(&function->die, &entry) != 0)
		return name;
	label = labels_find_code(image_labels(image), image->pool, entry + image->dwarf_bias);
	return label ? label : name;
}

static const char *function_name(struct image *image, struct function *function)
{
	if (!function->name)
		function->name = public_name(image, function, name_of_function(image->pool, &function->die));
	return function->name;
}

static struct frame *new_frames(struct image *image, uint64_t offset, size_t n)
{
	struct frame *frames = pool_new_array(image->pool, struct frame, n);

	for (size_t i = 0; i < n; i++)
		frames[i] = (struct frame){
			.module = image->name, .module_path = image->path, .offset = offset, .is_inlined = i + 1 < n};
	return frames;
}

/* Frames go from the inside out, the nest from the outside in. */
static struct frame *nested_frames(struct image *image, struct unit *unit, struct function *function, uint64_t address,
				   uint64_t offset, size_t *ret_n)
{
	struct frame *frames;
	struct nest nest;

	find_nest(&nest, &function->die, address);
	frames = new_frames(image, offset, nest.n);
	for (size_t i = 0; i < nest.n; i++) {
		size_t depth = nest.n - 1 - i;

		frames[i].function =
			depth ? name_of_function(image->pool, &nest.list[depth]) : function_name(image, function);
		if (i == 0)
			set_line(&frames[i], unit, address);
		else
			set_call_line(&frames[i], &nest.list[depth + 1]);
	}
	*ret_n = nest.n;
	return frames;
}

const struct frame *frames_at(struct image *image, uint64_t address, uint64_t offset, size_t *ret_n)
{
	struct units *units = image_units(image);
	uint64_t address_in_dwarf = address - image->dwarf_bias;
	struct unit *unit = units_find(units, address_in_dwarf);
	struct function *function = unit ? unit_find_function(unit, address_in_dwarf) : NULL;
	struct frame *frames;

	if (function)
		return nested_frames(image, unit, function, address_in_dwarf, offset, ret_n);
	frames = new_frames(image, offset, 1);
	frames->function = labels_find_code(image_labels(image), image->pool, address);
	if (unit)
		set_line(frames, unit, address_in_dwarf);
	*ret_n = 1;
	return frames;
}

/* SPDX-License-Identifier: MIT */
/* Code address -> frames.
 *
 * The function that covers the address holds a nest of inlined calls; those that cover the address too are the frames,
 * from the outside in.  The line table has the innermost one's line, and each inlined call the line of its caller.
 */
#include "frames.h"
#include "names.h"

#include <string.h>

enum { MAX_NEST = 128 }; /* of functions inlined into each other */

/* nest[0] is the function, each next one is inlined into the one before it. */
struct nest {
	Dwarf_Die list[MAX_NEST];
	size_t n;
};

static bool is_block(int tag)
{
	return tag == DW_TAG_lexical_block || tag == DW_TAG_try_block || tag == DW_TAG_catch_block;
}

/* A look for the calls that were inlined at an address.  Offsets of DIEs grow on the way in; where they do not, the file is
 * damaged, and the way would be a circle. */
struct look {
	uint64_t address;
	Dwarf_Off last;
};

static bool covers(struct look *look, Dwarf_Die *die)
{
	if (dwarf_haspc(die, look->address) <= 0 || dwarf_dieoffset(die) <= look->last)
		return false;
	look->last = dwarf_dieoffset(die);
	return true;
}

/* The call inlined into `parent` that covers the address.  Blocks are looked through, each that covers it: of optimised
 * code several beside each other do. */
static bool find_inlined(struct look *look, Dwarf_Die *parent, int depth, Dwarf_Die *ret)
{
	Dwarf_Die die;

	if (depth == DIE_MAX_DEPTH || dwarf_child(parent, &die) != 0)
		return false;
	do {
		int tag = dwarf_tag(&die);

		if (tag == DW_TAG_inlined_subroutine && covers(look, &die)) {
			*ret = die;
			return true;
		}
		if (is_block(tag) && covers(look, &die) && find_inlined(look, &die, depth + 1, ret))
			return true;
	} while (dwarf_siblingof(&die, &die) == 0);
	return false;
}

static void find_nest(struct nest *nest, const Dwarf_Die *function, uint64_t address)
{
	struct look look = {.address = address};

	nest->list[0] = *function;
	nest->n = 1;
	while (nest->n < MAX_NEST && find_inlined(&look, &nest->list[nest->n - 1], 0, &nest->list[nest->n]))
		nest->n++;
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

static size_t count_underscores(const char *name)
{
	return strspn(name, "_");
}

/* A library's own name for a function may have a public alias: `___pthread_mutex_lock`. */
static const char *public_name(struct binary *binary, struct function *function, const char *name)
{
	Dwarf_Addr base, entry, end;
	const char *label;

	if ((name && name[0] != '_') || dwarf_ranges(&function->die, 0, &base, &entry, &end) <= 0)
		return name;
	label = labels_find_code(binary_labels(binary), binary->pool, entry + binary->dwarf_bias);
	return label && (!name || count_underscores(label) < count_underscores(name)) ? label : name;
}

static const char *function_name(struct binary *binary, struct function *function)
{
	if (!function->name)
		function->name = public_name(binary, function, name_of_function(binary->pool, &function->die));
	return function->name;
}

static struct frame *new_frames(struct binary *binary, uint64_t offset, size_t n)
{
	struct frame *frames = pool_new_array(binary->pool, struct frame, n);

	for (size_t i = 0; i < n; i++)
		frames[i] = (struct frame){
			.module = binary->name, .module_path = binary->path, .offset = offset, .is_inlined = i + 1 < n};
	return frames;
}

/* Frames go from the inside out, the nest from the outside in. */
static struct frame *nested_frames(struct binary *binary, struct unit *unit, struct function *function,
				   uint64_t address, uint64_t offset, size_t *ret_n)
{
	struct frame *frames;
	struct nest nest;

	find_nest(&nest, &function->die, address);
	frames = new_frames(binary, offset, nest.n);
	for (size_t i = 0; i < nest.n; i++) {
		size_t depth = nest.n - 1 - i;

		frames[i].function =
			depth ? name_of_function(binary->pool, &nest.list[depth]) : function_name(binary, function);
		if (i == 0)
			set_line(&frames[i], unit, address);
		else
			set_call_line(&frames[i], &nest.list[depth + 1]);
	}
	*ret_n = nest.n;
	return frames;
}

const struct frame *frames_at(struct binary *binary, uint64_t address, uint64_t offset, size_t *ret_n)
{
	struct units *units = binary_units(binary);
	uint64_t address_in_dwarf = address - binary->dwarf_bias;
	struct unit *unit = units_find(units, address_in_dwarf);
	struct function *function = unit ? unit_find_function(unit, address_in_dwarf) : NULL;
	struct frame *frames;

	if (function)
		return nested_frames(binary, unit, function, address_in_dwarf, offset, ret_n);
	frames = new_frames(binary, offset, 1);
	frames->function = labels_find_code(binary_labels(binary), binary->pool, address);
	if (unit)
		set_line(frames, unit, address_in_dwarf);
	*ret_n = 1;
	return frames;
}

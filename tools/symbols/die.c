/* SPDX-License-Identifier: MIT */
/* Attributes and neighbours of DIEs. */
#include "die.h"

bool die_reference(Dwarf_Die *die, unsigned int attribute, Dwarf_Die *ret)
{
	Dwarf_Attribute found;

	return dwarf_attr_integrate(die, attribute, &found) && dwarf_formref_die(&found, ret);
}

bool die_number(Dwarf_Die *die, unsigned int attribute, uint64_t *ret)
{
	Dwarf_Attribute found;
	Dwarf_Word word;

	if (!dwarf_attr_integrate(die, attribute, &found) || dwarf_formudata(&found, &word) != 0)
		return false;
	*ret = word;
	return true;
}

bool die_flag(Dwarf_Die *die, unsigned int attribute)
{
	Dwarf_Attribute found;
	bool flag;

	return dwarf_attr(die, attribute, &found) && dwarf_formflag(&found, &flag) == 0 && flag;
}

const char *die_string(Dwarf_Die *die, unsigned int attribute)
{
	Dwarf_Attribute found;

	return dwarf_formstring(dwarf_attr_integrate(die, attribute, &found));
}

static bool step_back(Dwarf_Die *die, Dwarf_Die *ret)
{
	Dwarf_Attribute found;

	return (dwarf_attr(die, DW_AT_abstract_origin, &found) || dwarf_attr(die, DW_AT_specification, &found)) &&
	       dwarf_formref_die(&found, ret);
}

void die_origin(Dwarf_Die *die, Dwarf_Die *ret)
{
	Dwarf_Die next;

	*ret = *die;
	for (int i = 0; i < DIE_MAX_CHAIN && step_back(ret, &next); i++)
		*ret = next;
}

static bool starts_with_address(Dwarf_Attribute *location)
{
	Dwarf_Block block;

	if (dwarf_formblock(location, &block) != 0 || block.length == 0)
		return false;
	return block.data[0] == DW_OP_addr || block.data[0] == DW_OP_addrx || block.data[0] == DW_OP_GNU_addr_index;
}

bool die_static_address(Dwarf_Die *die, uint64_t *ret)
{
	Dwarf_Attribute location, operand;
	Dwarf_Op *ops;
	Dwarf_Addr address;
	size_t n;

	if (!dwarf_attr(die, DW_AT_location, &location) || !starts_with_address(&location) ||
	    dwarf_getlocation(&location, &ops, &n) != 0 || n == 0)
		return false;
	if (ops[0].atom == DW_OP_addr)
		address = ops[0].number;
	else if (dwarf_getlocation_attr(&location, &ops[0], &operand) != 0 || dwarf_formaddr(&operand, &address) != 0)
		return false;
	if (n == 2 && ops[1].atom == DW_OP_plus_uconst)
		address += ops[1].number;
	else if (n != 1)
		return false;
	*ret = address;
	return true;
}

static bool is_scope(int tag)
{
	switch (tag) {
	case DW_TAG_namespace:
	case DW_TAG_module:
	case DW_TAG_class_type:
	case DW_TAG_structure_type:
	case DW_TAG_union_type:
	case DW_TAG_subprogram:
		return true;
	default:
		return false;
	}
}

/* The child of `parent` that is, or contains, the DIE at an offset: offsets grow in the order of the tree. */
static bool child_around(Dwarf_Die *parent, Dwarf_Off offset, Dwarf_Die *ret)
{
	Dwarf_Die next;

	if (dwarf_child(parent, ret) != 0)
		return false;
	while (dwarf_siblingof(ret, &next) == 0 && dwarf_dieoffset(&next) <= offset)
		*ret = next;
	return dwarf_dieoffset(ret) <= offset;
}

bool die_enclosing(Dwarf_Die *die, Dwarf_Die *ret)
{
	Dwarf_Off offset = dwarf_dieoffset(die);
	Dwarf_Die parent, child;
	bool is_found = false;

	if (!dwarf_diecu(die, &parent, NULL, NULL))
		return false;
	for (int i = 0; i < DIE_MAX_DEPTH && child_around(&parent, offset, &child); i++, parent = child) {
		if (dwarf_dieoffset(&child) == offset)
			break;
		if (is_scope(dwarf_tag(&child))) {
			*ret = child;
			is_found = true;
		}
	}
	return is_found;
}

struct walk {
	bool is_deep;
	void (*visit)(Dwarf_Die *die, int tag, void *arg);
	void *arg;
	Dwarf_Off last; /* of the DIE visited last */
};

static bool walk_below(struct walk *walk, Dwarf_Die *parent, int depth);

/* Offsets grow in the order of the walk.  If they do not, the file is damaged, and the walk would go round in it. */
static bool walk_one(struct walk *walk, Dwarf_Die *die, int depth)
{
	Dwarf_Off offset = dwarf_dieoffset(die);
	int tag = dwarf_tag(die);

	if (offset <= walk->last)
		return false;
	walk->last = offset;
	walk->visit(die, tag, walk->arg);
	return (!walk->is_deep && tag != DW_TAG_namespace && tag != DW_TAG_module) || walk_below(walk, die, depth + 1);
}

/* false: the walk is to end. */
static bool walk_below(struct walk *walk, Dwarf_Die *parent, int depth)
{
	Dwarf_Die die;

	if (depth == DIE_MAX_DEPTH || dwarf_child(parent, &die) != 0)
		return true;
	do {
		if (!walk_one(walk, &die, depth))
			return false;
	} while (dwarf_siblingof(&die, &die) == 0);
	return true;
}

void die_walk(Dwarf_Die *parent, bool is_deep, void (*visit)(Dwarf_Die *die, int tag, void *arg), void *arg)
{
	walk_below(&(struct walk){.is_deep = is_deep, .visit = visit, .arg = arg}, parent, 0);
}

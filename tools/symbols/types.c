/* SPDX-License-Identifier: MIT */
/* Sizes and shapes of types. */
#include "types.h"

/* A class may stand in a unit of its own, with a signature as the reference to it. */
static bool find_class(struct catalog *catalog, Dwarf_Die *type, Dwarf_Die *ret)
{
	if (dwarf_hasattr(type, DW_AT_signature))
		return die_reference(type, DW_AT_signature, ret);
	return catalog && die_flag(type, DW_AT_declaration) && catalog_find_class(catalog, type, ret);
}

bool type_step(struct catalog *catalog, Dwarf_Die *type, Dwarf_Die *ret)
{
	switch (dwarf_tag(type)) {
	case DW_TAG_typedef:
	case DW_TAG_const_type:
	case DW_TAG_volatile_type:
	case DW_TAG_restrict_type:
	case DW_TAG_atomic_type:
	case DW_TAG_packed_type:
	case DW_TAG_template_alias:
		return die_reference(type, DW_AT_type, ret);
	case DW_TAG_structure_type:
	case DW_TAG_class_type:
	case DW_TAG_union_type:
		return find_class(catalog, type, ret);
	default:
		return false;
	}
}

void type_peel(struct catalog *catalog, const Dwarf_Die *type, Dwarf_Die *ret)
{
	Dwarf_Die next;

	*ret = *type;
	for (int i = 0; i < DIE_MAX_CHAIN && type_step(catalog, ret, &next); i++)
		*ret = next;
}

static bool size_within(struct catalog *catalog, const Dwarf_Die *type, int depth, uint64_t *ret);

static uint64_t dimension_length(Dwarf_Die *dimension)
{
	uint64_t count, last, first = 0;

	if (die_number(dimension, DW_AT_count, &count))
		return count;
	die_number(dimension, DW_AT_lower_bound, &first);
	return die_number(dimension, DW_AT_upper_bound, &last) && last >= first ? last - first + 1 : 0;
}

static bool array_within(struct catalog *catalog, Dwarf_Die *array, int depth, struct array_shape *ret)
{
	struct array_shape shape = {.n = 0};
	Dwarf_Die dimension;

	if (!die_reference(array, DW_AT_type, &shape.element) ||
	    !size_within(catalog, &shape.element, depth, &shape.element_size) || !shape.element_size ||
	    dwarf_child(array, &dimension) != 0)
		return false;
	do {
		if (dwarf_tag(&dimension) == DW_TAG_subrange_type && shape.n < TYPE_MAX_DIMENSIONS)
			shape.lengths[shape.n++] = dimension_length(&dimension);
	} while (dwarf_siblingof(&dimension, &dimension) == 0);
	*ret = shape;
	return shape.n > 0;
}

static bool array_size(struct catalog *catalog, Dwarf_Die *array, int depth, uint64_t *ret)
{
	struct array_shape shape;
	uint64_t size;

	if (!array_within(catalog, array, depth, &shape))
		return false;
	size = shape.element_size;
	for (int i = 0; i < shape.n; i++)
		if (__builtin_mul_overflow(size, shape.lengths[i], &size))
			return false;
	*ret = size;
	return size > 0;
}

static bool size_within(struct catalog *catalog, const Dwarf_Die *type, int depth, uint64_t *ret)
{
	Dwarf_Die peeled, unit;
	uint8_t address_size;

	if (depth == DIE_MAX_CHAIN)
		return false;
	type_peel(catalog, type, &peeled);
	if (die_number(&peeled, DW_AT_byte_size, ret))
		return true;
	switch (dwarf_tag(&peeled)) {
	case DW_TAG_array_type:
		return array_size(catalog, &peeled, depth + 1, ret);
	case DW_TAG_pointer_type:
	case DW_TAG_reference_type:
	case DW_TAG_rvalue_reference_type:
		if (!dwarf_diecu(&peeled, &unit, &address_size, NULL))
			return false;
		*ret = address_size;
		return true;
	default:
		return false;
	}
}

bool type_size(struct catalog *catalog, const Dwarf_Die *type, uint64_t *ret)
{
	return size_within(catalog, type, 0, ret);
}

bool type_array(struct catalog *catalog, Dwarf_Die *array, struct array_shape *ret)
{
	return array_within(catalog, array, 0, ret);
}

bool type_is_class(Dwarf_Die *type)
{
	int tag = dwarf_tag(type);

	return tag == DW_TAG_structure_type || tag == DW_TAG_class_type || tag == DW_TAG_union_type;
}

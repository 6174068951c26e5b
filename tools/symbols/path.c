/* SPDX-License-Identifier: MIT */
/* The way down from a type to the lock at an offset. */
#include "path.h"
#include "names.h"
#include "types.h"

#include <ctype.h>
#include <inttypes.h>
#include <string.h>

enum {
	MAX_LOOKS = 4096,
	MAX_NESTING = 64,
};

static const char *const c_locks[] = {
	"FILE",		  "cnd_t",	     "mtx_t",	       "once_flag",	   "pthread_barrier_t",
	"pthread_cond_t", "pthread_mutex_t", "pthread_once_t", "pthread_rwlock_t", "pthread_spinlock_t",
	"sem_t",
};

/* In `std`, without template arguments. */
static const char *const std_locks[] = {
	"Barrier",
	"Condvar",
	"LazyLock",
	"Mutex",
	"Once",
	"OnceLock",
	"ReentrantLock",
	"RwLock",
	"barrier",
	"condition_variable",
	"condition_variable_any",
	"counting_semaphore",
	"latch",
	"mutex",
	"once_flag",
	"recursive_mutex",
	"recursive_timed_mutex",
	"shared_mutex",
	"shared_timed_mutex",
	"timed_mutex",
};

static bool is_one_of(const char *name, size_t length, const char *const names[], size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(names[i]) == length && memcmp(names[i], name, length) == 0)
			return true;
	return false;
}

static bool is_lock(Dwarf_Die *type)
{
	const char *name = dwarf_diename(type);

	if (!name)
		return false;
	return is_one_of(name, strlen(name), c_locks, sizeof(c_locks) / sizeof(*c_locks)) ||
	       (is_one_of(name, strcspn(name, "<"), std_locks, sizeof(std_locks) / sizeof(*std_locks)) &&
		is_in_std(type));
}

/* Names that C and C++ keep for their libraries. */
static bool is_reserved(const char *name)
{
	return name[0] == '_' && (name[1] == '_' || isupper((unsigned char)name[1]));
}

/* ---- members ---------------------------------------------------------------------------------------------------- */

static bool member_offset(Dwarf_Die *member, bool is_union, uint64_t *ret)
{
	Dwarf_Attribute location;
	Dwarf_Op *ops;
	size_t n;

	if (!dwarf_attr(member, DW_AT_data_member_location, &location)) {
		*ret = 0;
		return is_union;
	}
	if (die_number(member, DW_AT_data_member_location, ret))
		return true;
	if (dwarf_getlocation(&location, &ops, &n) != 0 || n != 1 || ops[0].atom != DW_OP_plus_uconst)
		return false;
	*ret = ops[0].number;
	return true;
}

/* A member of unknown size, such as an array at the end without a length, reaches as far as it likes. */
static bool member_covers(struct catalog *catalog, Dwarf_Die *member, bool is_union, uint64_t offset,
			  Dwarf_Die *ret_type, uint64_t *ret_inner)
{
	int tag = dwarf_tag(member);
	uint64_t start, size;

	if ((tag != DW_TAG_member && tag != DW_TAG_inheritance) || die_flag(member, DW_AT_declaration) ||
	    dwarf_hasattr(member, DW_AT_bit_size) || !member_offset(member, is_union, &start) || offset < start ||
	    !die_reference(member, DW_AT_type, ret_type))
		return false;
	*ret_inner = offset - start;
	return !type_size(catalog, ret_type, &size) || *ret_inner < size;
}

/* ---- the way ---------------------------------------------------------------------------------------------------- */

static bool descend(struct path *path, const Dwarf_Die *type, uint64_t offset, int depth);

static void add_step(struct path *path, const char *member, uint64_t index)
{
	if (path->n < PATH_MAX_STEPS)
		path->steps[path->n++] = (struct step){.member = member, .index = index};
}

/* Anonymous members and bases are no step, but what is in them belongs to this class. */
static void enter_member(struct path *path, Dwarf_Die *class, const char *class_typedef, Dwarf_Die *member)
{
	const char *name = dwarf_tag(member) == DW_TAG_member ? dwarf_diename(member) : NULL;

	path->is_hidden = name && is_reserved(name) && is_in_std(class);
	if (path->is_hidden)
		return;
	if (dwarf_diename(class) || class_typedef) {
		path->has_owner = true;
		path->owner = *class;
		path->owner_typedef = class_typedef;
		path->owner_steps = path->n;
	}
	if (name)
		add_step(path, name, 0);
}

static void go_back(struct path *path, const struct path *to)
{
	int n_looks = path->n_looks;

	*path = *to;
	path->n_looks = n_looks;
}

static bool descend_class(struct path *path, Dwarf_Die *class, const char *class_typedef, uint64_t offset, int depth)
{
	bool is_union = dwarf_tag(class) == DW_TAG_union_type, has_first = false;
	struct path before = *path, first;
	Dwarf_Die member, type;
	uint64_t inner;

	if (dwarf_child(class, &member) == 0)
		do {
			if (path->n_looks++ > MAX_LOOKS ||
			    !member_covers(path->catalog, &member, is_union, offset, &type, &inner))
				continue;
			enter_member(path, class, class_typedef, &member);
			if (descend(path, &type, inner, depth + 1))
				return true;
			if (!has_first)
				first = *path;
			has_first = true;
			go_back(path, &before);
		} while (dwarf_siblingof(&member, &member) == 0);
	if (has_first)
		go_back(path, &first);
	else
		path->rest = offset;
	return false;
}

/* Elements lie in memory with the last dimension running fastest; the first one's length does not matter. */
static void add_indexes(struct path *path, const struct array_shape *shape, uint64_t element)
{
	uint64_t indexes[TYPE_MAX_DIMENSIONS];

	for (int i = shape->n - 1; i > 0; i--) {
		uint64_t length = shape->lengths[i] ? shape->lengths[i] : 1;

		indexes[i] = element % length;
		element /= length;
	}
	indexes[0] = element;
	for (int i = 0; i < shape->n; i++)
		add_step(path, NULL, indexes[i]);
}

/* The elements of a hidden array are the library's own, unless they are objects of a class: std::array. */
static bool descend_array(struct path *path, Dwarf_Die *array, uint64_t offset, int depth)
{
	struct array_shape shape;
	Dwarf_Die element;

	path->rest = offset;
	if (!type_array(path->catalog, array, &shape))
		return false;
	type_peel(path->catalog, &shape.element, &element);
	if (path->is_hidden && !type_is_class(&element))
		return false;
	add_indexes(path, &shape, offset / shape.element_size);
	return descend(path, &shape.element, offset % shape.element_size, depth + 1);
}

/* Whether the way ends at a lock. */
static bool descend(struct path *path, const Dwarf_Die *type, uint64_t offset, int depth)
{
	const char *class_typedef = NULL;
	Dwarf_Die at = *type, next;

	path->rest = 0;
	for (int i = 0; i < DIE_MAX_CHAIN && !is_lock(&at) && type_step(path->catalog, &at, &next); i++) {
		if (dwarf_tag(&at) == DW_TAG_typedef)
			class_typedef = dwarf_diename(&at);
		at = next;
	}
	if (is_lock(&at))
		return true;
	if (depth < MAX_NESTING && dwarf_tag(&at) == DW_TAG_array_type)
		return descend_array(path, &at, offset, depth);
	if (depth < MAX_NESTING && type_is_class(&at))
		return descend_class(path, &at, class_typedef, offset, depth);
	path->rest = offset;
	return false;
}

void path_find(struct catalog *catalog, const Dwarf_Die *type, uint64_t offset, struct path *ret)
{
	*ret = (struct path){.catalog = catalog};
	descend(ret, type, offset, 0);
	if (ret->is_hidden)
		ret->rest = 0;
}

/* ---- text ------------------------------------------------------------------------------------------------------- */

const char *path_text(struct pool *pool, const struct path *path)
{
	const char *text = "";

	for (size_t i = 0; i < path->n; i++)
		text = path->steps[i].member ? pool_printf(pool, "%s.%s", text, path->steps[i].member)
					     : pool_printf(pool, "%s[%" PRIu64 "]", text, path->steps[i].index);
	return path->rest ? pool_printf(pool, "%s+0x%" PRIx64, text, path->rest) : text;
}

/* Of which element of an array in it does not matter for the class: `struct server::locks[]`. */
const char *path_class(struct pool *pool, struct path *path, bool is_c)
{
	const char *text, *separator = "::";

	if (!path->has_owner)
		return NULL;
	text = path->owner_typedef && !dwarf_diename(&path->owner) ? path->owner_typedef
								   : name_of_class(pool, &path->owner, is_c);
	for (size_t i = path->owner_steps; i < path->n; i++, separator = ".")
		text = path->steps[i].member ? pool_printf(pool, "%s%s%s", text, separator, path->steps[i].member)
					     : pool_printf(pool, "%s[]", text);
	return text;
}

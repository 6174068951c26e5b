/* SPDX-License-Identifier: MIT */
/* The id of a finding: what it is about, without what changes from run to run or from build to build.
 *
 * Each part gives a line of text: the class of the lock it wants and of the one it holds, and for both the functions and
 * modules of the innermost frames of the user's code.  No addresses, no line numbers, no thread numbers.  A cycle has no
 * first part, so its lines are rotated to the least order.  The id is a hash of the rule and the lines; findings that
 * would get the same one are numbered.
 */
#include "report.h"

#include <assert.h>
#include <inttypes.h>
#include <search.h>
#include <string.h>

enum { ID_FRAMES = 3 };

struct text_count {
	const char *text;
	uint32_t n;
};

/* FNV-1a: https://www.rfc-editor.org/rfc/rfc9923 */
static uint64_t hash_text(const char *text)
{
	uint64_t hash = 0xcbf29ce484222325;

	for (; *text; text++)
		hash = (hash ^ (unsigned char)*text) * 0x100000001b3;
	return hash;
}

static const char *stack_text(struct names *names, const struct model *model, uint32_t stack)
{
	const struct backtrace *backtrace = names_stack(names, model, stack);
	struct pool *pool = names_pool(names);
	const char *text = "";

	for (size_t i = backtrace->site, n = 0; i < backtrace->n && n < ID_FRAMES; i++)
		if (!frame_is_runtime(backtrace->frames[i])) {
			text = pool_printf(pool, "%s<%s", text, frame_code(pool, backtrace->frames[i]));
			n++;
		}
	return text;
}

static const char *part_text(struct names *names, const struct finding_part *part)
{
	struct pool *pool = names_pool(names);
	const char *text = "";

	if (part->has_want)
		text = pool_printf(pool, "wants %s%s", names_lock_class(names, &part->want),
				   stack_text(names, part->model, part->want_stack));
	if (part->cycle_hold >= 0 && (uint32_t)part->cycle_hold < part->n_holds) {
		const struct finding_held *held = &part->holds[part->cycle_hold];

		text = pool_printf(pool, "%s holds %s%s", text, names_lock_class(names, &held->lock),
				   stack_text(names, part->model, held->stack));
	}
	return text;
}

static int compare_rotations(const char *const *lines, uint32_t n, uint32_t a, uint32_t b)
{
	for (uint32_t i = 0; i < n; i++) {
		int order = strcmp(lines[(a + i) % n], lines[(b + i) % n]);

		if (order)
			return order;
	}
	return 0;
}

static uint32_t least_rotation(const char *const *lines, uint32_t n)
{
	uint32_t first = 0;

	for (uint32_t i = 1; i < n; i++)
		if (compare_rotations(lines, n, i, first) < 0)
			first = i;
	return first;
}

static const char *finding_text(struct names *names, const struct finding *finding)
{
	struct pool *pool = names_pool(names);
	uint32_t n = finding->n_parts, first;
	const char **lines = pool_new_array(pool, const char *, n);
	size_t length = strlen(rule_name(finding->rule)) + 1;
	char *text, *end;

	for (uint32_t i = 0; i < n; i++) {
		lines[i] = part_text(names, &finding->parts[i]);
		length += strlen(lines[i]) + 1;
	}
	first = finding_is_circle(finding) ? least_rotation(lines, n) : 0;
	text = pool_alloc(pool, length);
	end = stpcpy(text, rule_name(finding->rule));
	for (uint32_t i = 0; i < n; i++)
		end = stpcpy(stpcpy(end, "\n"), lines[(first + i) % n]);
	return text;
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(((const struct text_count *)a)->text, ((const struct text_count *)b)->text);
}

static void forget(void *node)
{
	(void)node; /* the pool owns it */
}

void finding_ids_make(char (*ids)[FINDING_ID_SIZE], struct names *names, const struct verdict *verdict)
{
	struct pool *pool = names_pool(names);
	void *texts = NULL;

	for (uint32_t i = 0; i < verdict->n_findings; i++) {
		struct text_count *own = pool_alloc(pool, sizeof(*own)), **node;

		own->text = finding_text(names, &verdict->findings[i]);
		node = tsearch(own, &texts, compare_texts);
		assert(node);
		if ((*node)->n++)
			own->text = pool_printf(pool, "%s\n#%" PRIu32, own->text, (*node)->n);
		snprintf(ids[i], FINDING_ID_SIZE, "%012" PRIx64, hash_text(own->text) >> 16);
	}
	tdestroy(texts, forget);
}

/* SPDX-License-Identifier: MIT */
/* Rule lock-class-order: locks of one class - made by the same calls, or first used by them - are nested in both directions.
 *
 * One thread takes a and then b, another d and then c, and all four are accounts: no circle closes, but it will on the day
 * when two threads transfer between the same two accounts.  A program that nests the locks of a class by their addresses, or
 * as it made them one after the other, goes one way only.  Where a circle has closed already, that is told instead.
 *
 * One helper often makes locks of several kinds, say two for each worker, of which one is always taken first.  Then no lock
 * is both held and wanted.  Two transfers look like that, too; but with each further pair of which one lock was nested with
 * another before, it is less likely that this is chance.
 */
#include "../draft.h"
#include "../inquiry.h"
#include "../meeting.h"

#include <stdlib.h>

enum {
	SAMPLES = 8,			/* nestings of one class and direction that are compared with those of the other */
	AGAIN_FOR_ROLES = 4,		/* that takes four pairs or more, whose directions agree by chance in one of 8 cases */
};

enum role { ROLE_OUTER = 1, ROLE_INNER = 2 };	/* of a lock, within its class */

/* A lock is wanted while another of its class is held. */
struct nesting {
	const struct dep *dep;
	uint32_t held;			/* which of dep->held */
};

/* When the wanted lock was made, seen from the one that is held. */
enum birth { BORN_BEFORE, BORN_AFTER, BORN_UNKNOWN };

struct lock_class {
	struct nesting nestings[2][SAMPLES];	/* up and down the addresses */
	uint32_t n[2];
	bool has_birth[3];		/* some nesting is so */
	bool has_both_roles;		/* some lock is held in one nesting and wanted in another */
	uint32_t n_again;		/* how often a lock came up again, nested with another one than before */
	uint64_t hash;
};

struct classes {
	struct inquiry *inquiry;
	uint32_t model;
	struct table *circles;		/* hash of a class -> 1: a circle of its locks alone was found */
	struct table known;		/* hash of a class -> its number + 1 */
	uint32_t *of;			/* by object: the number of its class + 1; 0 none */
	uint8_t *roles;			/* by object: of enum role */
	struct table pairs;		/* held and wanted object -> 1: they were nested */
	struct lock_class *at;
	uint32_t n, capacity;
	struct order order;
	bool has_order;			/* it is made when it is needed */
};

static uint32_t class_of(struct classes *classes, const struct model *model, uint32_t object)
{
	const struct object *of = &model->objects[object];
	uint32_t *number;
	uint64_t hash;

	if (classes->of[object] || !of->id || (!of->create_stack && !of->first_stack))
		return classes->of[object];
	hash = evidence_class(&classes->inquiry->evidence, classes->model, of);
	number = table_at(&classes->known, hash);
	if (!*number) {
		if (classes->n == classes->capacity) {
			classes->capacity = classes->capacity ? classes->capacity * 2 : 64;
			classes->at = grow_array(classes->at, classes->capacity, sizeof(*classes->at));
		}
		classes->at[classes->n] = (struct lock_class){.hash = hash};
		*number = ++classes->n;
	}
	return classes->of[object] = *number;
}

/* Samples are of different threads or different code, as far as one sees from the last. */
static void add_nesting(struct lock_class *class, bool is_down, struct nesting nesting)
{
	uint32_t n = class->n[is_down];
	const struct dep *last = n ? class->nestings[is_down][n - 1].dep : NULL;

	if (n == SAMPLES || (last && last->thread == nesting.dep->thread && last->stack == nesting.dep->stack &&
			     last->segment == nesting.dep->segment))
		return;
	class->nestings[is_down][class->n[is_down]++] = nesting;
}

static enum birth birth_of(const struct object *wanted, const struct object *held)
{
	if (!wanted->create_stack || wanted->create_stack != held->create_stack || wanted->ordinal == held->ordinal)
		return BORN_UNKNOWN;
	return wanted->ordinal > held->ordinal ? BORN_AFTER : BORN_BEFORE;
}

static void add_roles(struct classes *classes, struct lock_class *class, uint32_t held, uint32_t wanted)
{
	uint32_t *is_known = table_at(&classes->pairs, mix(mix(0, held), wanted));

	if (*is_known)
		return;
	*is_known = 1;
	class->n_again += !!classes->roles[held] + !!classes->roles[wanted];
	classes->roles[held] |= ROLE_OUTER;
	classes->roles[wanted] |= ROLE_INNER;
	class->has_both_roles |= classes->roles[held] & ROLE_INNER || classes->roles[wanted] & ROLE_OUTER;
}

static void add_nestings_of(struct classes *classes, const struct model *model, const struct dep *dep)
{
	uint32_t wanted = dep->n_held ? class_of(classes, model, dep->object) : 0;

	for (uint32_t i = 0; wanted && i < dep->n_held; i++) {
		uint32_t held = dep->held[i].object;
		bool is_down = model->objects[held].address > model->objects[dep->object].address;

		if (held == dep->object || class_of(classes, model, held) != wanted)
			continue;
		add_roles(classes, &classes->at[wanted - 1], held, dep->object);
		add_nesting(&classes->at[wanted - 1], is_down, (struct nesting){dep, i});
		classes->at[wanted - 1].has_birth[birth_of(&model->objects[dep->object], &model->objects[held])] = true;
	}
}

/* The class of all locks that the parts of a finding want; 0 when there are several. */
static uint64_t class_of_finding(struct inquiry *inquiry, const struct finding *finding)
{
	uint64_t class = 0;

	for (uint32_t i = 0; i < finding->n_parts; i++) {
		const struct finding_lock *want = &finding->parts[i].want;
		uint64_t hash = evidence_class(&inquiry->evidence, evidence_number_of(&inquiry->evidence, want->model),
					      &want->model->objects[want->object]);

		if (i && hash != class)
			return 0;
		class = hash;
	}
	return class;
}

/* Classes of which a circle has been found, in any run. */
static void find_circles(struct inquiry *inquiry, struct table *ret_circles)
{
	for (uint32_t i = 0; i < inquiry->docket.n; i++) {
		const struct finding *finding = &inquiry->docket.entries[i].finding;

		if (finding->rule == RULE_LOCK_ORDER_CYCLE && finding->parts)
			*table_at(ret_circles, class_of_finding(inquiry, finding)) = 1;
	}
}

/* A lock that both hold, and that is not one of the class: it is a gate, whichever of the class they take. */
static bool has_gate(const struct classes *classes, const struct dep *a, const struct dep *b, uint32_t class)
{
	for (uint32_t i = 0; i < a->n_held; i++)
		for (uint32_t k = 0; k < b->n_held; k++)
			if (a->held[i].object == b->held[k].object && classes->of[a->held[i].object] != class)
				return true;
	return false;
}

static bool can_meet(struct classes *classes, const struct dep *a, const struct dep *b, uint32_t class)
{
	struct evidence *evidence = &classes->inquiry->evidence;

	if (a->thread == b->thread || has_gate(classes, a, b, class))
		return false;
	if (!classes->has_order)
		order_init(&classes->order, evidence);
	classes->has_order = true;
	return !meeting_are_ordered(&classes->order, evidence, classes->model, a, b);
}

static void write_part(struct finding *draft, uint32_t i, struct pool *pool, const struct model *model,
		       const struct nesting *nesting)
{
	struct finding_lock held = draft_lock(model, nesting->dep->held[nesting->held].object);

	draft_add_lock(draft, held);
	meeting_write_part(&draft->parts[i], pool, model, nesting->dep);
	draft->parts[i].cycle_hold = (int)nesting->held;
}

static void report(struct classes *classes, const struct model *model, const struct nesting *up,
		   const struct nesting *down)
{
	struct inquiry *inquiry = classes->inquiry;
	struct finding draft = {.rule = RULE_LOCK_CLASS_ORDER, .class = CLASS_POSSIBLE, .severity = SEVERITY_WARNING};

	draft_parts(&draft, inquiry->pool, 2);
	write_part(&draft, 0, inquiry->pool, model, up);
	draft_add_lock(&draft, draft.parts[0].want);
	write_part(&draft, 1, inquiry->pool, model, down);
	draft.why = pool_printf(inquiry->pool,
				"These locks were made, or first used, by the same calls. No two threads took the same ones in "
				"opposite orders, but nothing that was seen would keep them from it: the order is neither that of "
				"addresses nor that in which they were made, and no other lock guards it.");
	draft_enter(inquiry, &draft);
}

/* Are the locks of the class always taken in the order in which they were made, or always against it? */
static bool is_by_birth(const struct lock_class *class)
{
	return !class->has_birth[BORN_UNKNOWN] && class->has_birth[BORN_BEFORE] != class->has_birth[BORN_AFTER];
}

/* Are they of two kinds, the locks of one always outside those of the other? */
static bool is_by_role(const struct lock_class *class)
{
	return !class->has_both_roles && class->n_again >= AGAIN_FOR_ROLES;
}

static void judge_class(struct classes *classes, const struct model *model, uint32_t number)
{
	const struct lock_class *class = &classes->at[number - 1];

	if (!class->n[1] || is_by_birth(class) || is_by_role(class) || *table_at(classes->circles, class->hash))
		return;
	for (uint32_t i = 0; i < class->n[0]; i++)
		for (uint32_t k = 0; k < class->n[1]; k++) {
			const struct nesting *up = &class->nestings[0][i], *down = &class->nestings[1][k];

			if (!can_meet(classes, up->dep, down->dep, number))
				continue;
			report(classes, model, up, down);
			return;
		}
}

/* Semaphores made at one place need not be of one kind: all locks of Python are. */
static bool is_nesting(const struct model *model, const struct dep *dep)
{
	return dep->op == OP_ACQUIRE && !(dep->flags & (DEP_TIMED | DEP_REACQUIRE)) &&
	       model->objects[dep->object].kind != OBJECT_SEM;
}

static void judge_model(struct classes *classes)
{
	const struct model *model = classes->inquiry->session->models[classes->model];

	classes->of = zeroed_array(model->n_objects, sizeof(*classes->of));
	classes->roles = zeroed_array(model->n_objects, sizeof(*classes->roles));
	for (uint32_t i = 0; i < model->n_deps; i++)
		if (is_nesting(model, &model->deps[i]))
			add_nestings_of(classes, model, &model->deps[i]);
	for (uint32_t i = 1; i <= classes->n; i++)
		judge_class(classes, model, i);
}

void rule_class_order(struct inquiry *inquiry)
{
	struct table circles = {0};

	find_circles(inquiry, &circles);
	for (uint32_t m = 0; m < inquiry->session->n_models; m++) {
		struct classes classes = {.inquiry = inquiry, .model = m, .circles = &circles};

		judge_model(&classes);
		if (classes.has_order)
			order_deinit(&classes.order);
		table_deinit(&classes.known);
		table_deinit(&classes.pairs);
		free(classes.roles);
		free(classes.of);
		free(classes.at);
	}
	table_deinit(&circles);
}

/* SPDX-License-Identifier: MIT */
/* Rules lock-order-cycle, join-cycle and loader-lock: orders of locks, and of thread ends, that close a circle, in each run by
 * itself and then in all of them together.
 *
 * A join is a wait for "the end of that thread", which that thread holds all its life; so a thread that joins while it
 * holds what the other still takes is a cycle like any other.
 */
#include "../classify.h"
#include "../cycles.h"
#include "../draft.h"
#include "../explain.h"
#include "../inquiry.h"
#include "../modes.h"
#include "../predict.h"

#include <stdlib.h>

struct lock_order {
	struct inquiry *inquiry;
	struct links links;
	struct classifier classifier;
	struct predictor predictor;
	uint32_t n_stopped[BOUNDS], n_links[BOUNDS]; /* by bound: components where it was met, and their links */
};

/* ---- keys ------------------------------------------------------------------------------------------------------- */

/* What the link at a position is held up at: the want of the one before it. */
static uint32_t lock_held(const struct links *links, const uint32_t *path, uint32_t n, uint32_t i)
{
	return links->at[path[(i + n - 1) % n]].want;
}

/* Where the thread took a lock; 0 for its own end. */
static uint32_t stack_of_hold(const struct links *links, const struct link *link, uint32_t lock)
{
	for (uint32_t i = 0; i < link->dep->n_held; i++)
		if (evidence_held(links->evidence, link->model, link->dep->held[i].object) == lock)
			return link->dep->held[i].stack;
	return 0;
}

static uint64_t key_of_locks(const struct links *links, const uint32_t *path, uint32_t n)
{
	uint64_t *locks = zeroed_array(n, sizeof(*locks)), key;

	for (uint32_t i = 0; i < n; i++)
		locks[i] = docket_lock_key(links->at[path[i]].want, links->at[path[i]].dep->flags);
	key = docket_ring_key(locks, n);
	free(locks);
	return key;
}

static uint64_t key_of_code(const struct links *links, const uint32_t *path, uint32_t n)
{
	uint64_t *codes = zeroed_array(n, sizeof(*codes)), key;

	for (uint32_t i = 0; i < n; i++) {
		const struct link *link = &links->at[path[i]];
		uint32_t stack = stack_of_hold(links, link, lock_held(links, path, n, i));

		codes[i] = evidence_code(links->evidence, link->model, stack, link->dep->stack);
	}
	key = docket_ring_key(codes, n);
	free(codes);
	return key;
}

/* ---- findings --------------------------------------------------------------------------------------------------- */

/* Of other traces that do the same the one is shown that the link comes from; else any thread of the trace that does it. */
static uint32_t shown_thread(const struct evidence *evidence, const struct link *link, const struct instance *instance)
{
	if (evidence->same_as || instance->model != link->model)
		return link->dep->thread;
	return instance->thread - evidence->first_thread[link->model];
}

static void write_part(struct lock_order *order, struct finding_part *part, const struct link *link,
		       const struct instance *instance, const struct finding_lock *held)
{
	const struct evidence *evidence = order->links.evidence;
	const struct dep *dep = link->dep;

	part->model = evidence->session->models[link->model];
	part->thread = shown_thread(evidence, link, instance);
	draft_want(part, draft_lock_numbered(evidence, link->want), dep->mode, dep->flags, dep->stack);
	draft_holds(part, order->inquiry->pool, dep->held, NULL, dep->n_held);
	for (uint32_t i = 0; i < dep->n_held; i++)
		part->holds[i].lock = draft_lock_numbered(
			evidence, evidence_held(evidence, link->model, dep->held[i].object));
	draft_cycle_hold(part, held);
}

static void write_finding(struct lock_order *order, struct finding *finding, const uint32_t *path, uint32_t n,
			  const struct classified *as)
{
	const struct links *links = &order->links;
	struct pool *pool = order->inquiry->pool;

	draft_parts(finding, pool, n);
	for (uint32_t i = 0; i < n; i++) {
		draft_add_lock(finding, draft_lock_numbered(links->evidence, lock_held(links, path, n, i)));
		write_part(order, &finding->parts[i], &links->at[path[i]], &as->instances[i], &finding->locks[i]);
		if (as->class == CLASS_PREDICTED)
			finding->parts[i].turn = as->prediction->turns[i];
	}
	finding->why = explain(pool, finding, links->evidence, as);
	if (as->class == CLASS_PREDICTED)
		prediction_assume(pool, finding, links->evidence, as->prediction);
}

static enum rule rule_of(const struct links *links, const uint32_t *path, uint32_t n)
{
	enum rule rule = RULE_LOCK_ORDER_CYCLE;

	for (uint32_t i = 0; i < n; i++) {
		if (links->at[path[i]].want_mode == MODE_TOKEN)
			return RULE_JOIN_CYCLE;
		if (evidence_object(links->evidence, links->at[path[i]].want)->kind == OBJECT_LOADER)
			rule = RULE_LOADER_LOCK;
	}
	return rule;
}

/* ---- readers with a writer between them ------------------------------------------------------------------------- */

/* Does the link at a position want to read what the next one reads?  Then a writer has to wait between them. */
static bool needs_writer(const struct links *links, const uint32_t *path, uint32_t n, uint32_t i)
{
	const struct link *link = &links->at[path[i]], *next = &links->at[path[(i + 1) % n]];

	for (uint32_t k = 0; k < next->n_holds; k++)
		if (next->holds[k].lock == link->want)
			return !modes_conflict(next->holds[k].mode, link->want_mode);
	return false;
}

static bool shares_gate(const struct links *links, const struct writer *writer, const struct link *link)
{
	for (uint32_t i = 0; i < writer->dep->n_held; i++) {
		uint32_t held = evidence_held(links->evidence, writer->model, writer->dep->held[i].object);

		for (uint32_t k = 0; k < link->n_holds; k++)
			if (link->holds[k].lock == held && modes_conflict(link->holds[k].mode, writer->dep->held[i].mode))
				return true;
	}
	return false;
}

/* Can this writer come between, by a thread of its own and at the same time as all of the path? */
static bool can_come(struct lock_order *order, const struct writer *writer, const uint32_t *path, uint32_t n,
		     const struct classified *as)
{
	struct order *past = &order->classifier.order;
	uint32_t thread = order->links.evidence->first_thread[writer->model] + writer->dep->thread;
	uint32_t segment = writer->dep->segment;

	for (uint32_t i = 0; i < n; i++) {
		const struct instance *at = &as->instances[i];

		if (at->thread == thread || shares_gate(&order->links, writer, &order->links.at[path[i]]) ||
		    past_find(order_past(past, thread, segment), at->thread, at->last) ||
		    past_find(order_past(past, at->thread, at->segment), thread, segment))
			return false;
	}
	return true;
}

static const struct writer *find_writer(struct lock_order *order, const uint32_t *path, uint32_t n, uint32_t i,
					const struct classified *as)
{
	const struct writers *writers = &order->links.writers;
	uint32_t lock = order->links.at[path[i]].want;

	for (uint64_t e = writers->of.first[lock]; e < writers->of.first[lock + 1]; e++)
		if (can_come(order, &writers->at[writers->of.to[e]], path, n, as))
			return &writers->at[writers->of.to[e]];
	return NULL;
}

static void write_writer(struct lock_order *order, struct finding_part *part, const struct writer *writer)
{
	const struct dep *dep = writer->dep;

	part->model = order->inquiry->session->models[writer->model];
	part->thread = dep->thread;
	draft_want(part, draft_lock(part->model, dep->object), dep->mode, dep->flags, dep->stack);
	draft_holds(part, order->inquiry->pool, dep->held, NULL, dep->n_held);
}

/* Writes the circle, with its writers, from the link at `first` on.  False when a writer is missing. */
static bool write_with_writers(struct lock_order *order, struct finding *draft, const uint32_t *path, uint32_t n,
			       uint32_t first, const struct classified *as)
{
	const struct links *links = &order->links;
	uint32_t n_parts = 0;

	for (uint32_t k = 0; k < n; k++) {
		uint32_t i = (first + k) % n;
		struct finding_lock held = draft_lock_numbered(links->evidence, lock_held(links, path, n, i));
		const struct writer *writer;

		write_part(order, &draft->parts[n_parts++], &links->at[path[i]], &as->instances[i], &held);
		if (!needs_writer(links, path, n, i))
			continue;
		writer = find_writer(order, path, n, i, as);
		if (!writer)
			return false;
		draft_add_lock(draft, draft_lock_numbered(links->evidence, links->at[path[i]].want));
		write_writer(order, &draft->parts[n_parts++], writer);
	}
	draft->n_parts = n_parts;
	return true;
}

static void found_with_writers(struct lock_order *order, const uint32_t *path, uint32_t n, uint32_t first,
			       const struct classified *as)
{
	struct pool *pool = order->inquiry->pool;
	struct finding draft = {.rule = RULE_READ_BEHIND_WRITER, .class = as->class, .severity = as->severity};

	if (as->class != CLASS_POSSIBLE)
		return;
	draft_parts(&draft, pool, 2 * n);
	if (!write_with_writers(order, &draft, path, n, first, as))
		return;
	if (as->doubt)
		draft.why = explain(pool, &draft, order->links.evidence, as);
	else
		draft.why = pool_printf(pool, "Nothing keeps these parts from meeting, and %%0 lets no reader pass a writer "
					      "who waits.");
	draft_enter(order->inquiry, &draft);
}

/* ---- any cycle -------------------------------------------------------------------------------------------------- */

/* Is there a lock of processes that one part wants, and the next one, in the same process, holds?  It does not stop it. */
static bool has_own_lock(const struct links *links, const uint32_t *path, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		const struct link *link = &links->at[path[i]], *next = &links->at[path[(i + 1) % n]];
		const struct object *want = evidence_object(links->evidence, link->want);

		if (object_is_of_process(want->kind, want->address) && links_are_of_one_model(links, link, next))
			return true;
	}
	return false;
}

static void found(void *context, const uint32_t *path, uint32_t n)
{
	struct lock_order *order = context;
	const struct links *links = &order->links;
	struct classified as;
	struct finding *finding;
	uint32_t reader = 0;

	/* Merged runs are looked at for what no run has alone. */
	if (links->evidence->same_as && links_share_model(links, path, n))
		return;
	if (has_own_lock(links, path, n))
		return;
	classify(&order->classifier, path, n, &as);
	while (reader < n && !needs_writer(links, path, n, reader))
		reader++;
	if (reader < n) {
		found_with_writers(order, path, n, reader, &as);
		return;
	}
	predict(&order->predictor, path, n, &as);
	finding = docket_enter(&order->inquiry->docket, rule_of(links, path, n), as.class, as.severity,
			       key_of_locks(links, path, n), key_of_code(links, path, n));
	if (finding)
		write_finding(order, finding, path, n, &as);
}

/* ---- bounds ----------------------------------------------------------------------------------------------------- */

static void stopped(void *context, enum cycle_bound bound, uint32_t n_links)
{
	struct lock_order *order = context;

	order->n_stopped[bound]++;
	order->n_links[bound] += n_links;
}

static void tell_bounds(struct lock_order *order)
{
	static const char *const what[BOUNDS] = {
		[BOUND_CYCLES] = "more cycles than are listed",
		[BOUND_STEPS] = "too many orders to search them all for cycles: there may be more",
		[BOUND_RINGS] = "too many orders to search them all for long rings: there may be some",
		[BOUND_HARMLESS] = "more cycles that cannot deadlock than are listed",
	};

	for (uint32_t i = 0; i < BOUNDS; i++) {
		uint32_t n = order->n_stopped[i];

		if (n)
			inquiry_add_cap(order->inquiry, pool_printf(order->inquiry->pool,
								    "%u group%s of locks (%u nested acquisitions): %s",
								    n, n == 1 ? "" : "s", order->n_links[i], what[i]));
	}
}

static void judge_orders(struct inquiry *inquiry, struct evidence *evidence)
{
	struct lock_order order = {.inquiry = inquiry};
	struct cycle_finder finder = {.context = &order, .found = found, .stopped = stopped};

	links_init(&order.links, evidence);
	if (order.links.n) {
		classifier_init(&order.classifier, &order.links);
		predictor_init(&order.predictor, &order.links);
		cycles_find(&order.links, &finder);
		predictor_deinit(&order.predictor, inquiry);
		classifier_deinit(&order.classifier);
	}
	tell_bounds(&order);
	links_deinit(&order.links);
}

void rule_lock_order(struct inquiry *inquiry)
{
	struct evidence merged;

	judge_orders(inquiry, &inquiry->evidence);
	if (inquiry->session->n_models < 2)
		return;
	evidence_init(&merged, inquiry->session);
	evidence_merge_runs(&merged);
	judge_orders(inquiry, &merged);
	evidence_deinit(&merged);
}

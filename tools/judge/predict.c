/* SPDX-License-Identifier: MIT */
/* Looks for a schedule of a full recording that ends in a cycle. */
#include "predict.h"

#include "modes.h"

#include <stdlib.h>
#include <string.h>

enum {
	STEPS = 40000000,		/* operations looked at, in all: less than half a second */
	MAX_TRIES = 64,			/* ways to choose a cycle's threads */
	MAX_CHOICES = 4096,		/* threads tried for one cycle */
};

/* The cycle that is looked at. */
struct question {
	struct predictor *predictor;
	const uint32_t *path;
	uint32_t n;
	uint32_t model;
	const struct history *history;
	struct closure *closure;
	uint32_t *threads, *operations;	/* those of the predictor */
	uint32_t n_tries, n_choices;
};

/* ---- which requests --------------------------------------------------------------------------------------------- */

static const struct link *link_at(const struct question *question, uint32_t i)
{
	return &question->predictor->links->at[question->path[i]];
}

static uint32_t object_at(const struct question *question, uint32_t i)
{
	return link_at(question, i)->want - question->predictor->links->evidence->first_lock[question->model];
}

/* Does the operation ask for what link `i` wants, while the thread holds what the link before it wants? */
static bool is_request(const struct question *question, uint32_t i, uint32_t operation)
{
	uint32_t before = (i + question->n - 1) % question->n;
	const struct operation *operations = question->history->model->operations, *at = &operations[operation];
	const struct link *link = link_at(question, i);
	uint32_t held;

	if (at->stack != link->dep->stack || at->mode != link->want_mode || at->flags & FULL_TRIED)
		return false;
	held = history_holds(question->history, operation, object_at(question, before));
	return held != NO_OPERATION && modes_conflict(operations[held].mode, link_at(question, before)->want_mode);
}

/* The first request of link `i` by its thread that is `from` or later. */
static uint32_t find_request(const struct question *question, uint32_t i, uint32_t from)
{
	uint32_t thread = question->threads[i], object = object_at(question, i);
	uint32_t at = history_acquire(question->history, thread, object, from);

	while (at != NO_OPERATION && !is_request(question, i, at))
		at = history_acquire(question->history, thread, object, at + 1);
	return at;
}

/* Puts requests in the place of those that are in the closure.  false: a thread has no more. */
static bool advance(struct question *question, bool *ret_has_moved)
{
	const struct closure *closure = question->closure;

	*ret_has_moved = false;
	for (uint32_t i = 0; i < question->n; i++) {
		uint32_t end = closure->end[question->threads[i]];

		if (end <= question->operations[i])
			continue;
		question->operations[i] = find_request(question, i, end);
		if (question->operations[i] == NO_OPERATION)
			return false;
		*ret_has_moved = true;
	}
	return true;
}

static void spend(struct predictor *predictor, uint64_t steps)
{
	predictor->steps -= steps < predictor->steps ? steps : predictor->steps;
}

/* Can these threads all stand before a request? */
static bool has_schedule(struct question *question)
{
	struct closure *closure = question->closure;
	uint64_t before = closure->steps;
	bool has_moved = true, is_open = true;

	closure_clear(closure);
	for (uint32_t i = 0; i < question->n && is_open; i++) {
		question->operations[i] = find_request(
			question, i, question->history->model->first_operation[question->threads[i]]);
		is_open = question->operations[i] != NO_OPERATION;
	}
	while (is_open && has_moved) {
		for (uint32_t i = 0; i < question->n && is_open; i++)
			is_open = closure_add(closure, question->threads[i], question->operations[i]);
		is_open = is_open && advance(question, &has_moved);
	}
	spend(question->predictor, closure->steps - before);
	return is_open;
}

/* ---- which threads ---------------------------------------------------------------------------------------------- */

static bool is_taken(const struct question *question, uint32_t thread, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (question->threads[i] == thread)
			return true;
	return false;
}

static bool may_go_on(const struct question *question)
{
	return question->n_tries < MAX_TRIES && question->n_choices < MAX_CHOICES && question->predictor->steps;
}

/* Chooses threads for the links from `i` on, until there is a schedule. */
static bool choose_threads(struct question *question, uint32_t i)
{
	const struct links *links = question->predictor->links;
	const struct instance *instances = links->instances;
	uint32_t first = links->evidence->first_thread[question->model];

	if (i == question->n) {
		question->n_tries++;
		return has_schedule(question);
	}
	instances += link_at(question, i)->first_instance;
	for (uint32_t k = 0; k < link_at(question, i)->n_instances && may_go_on(question); k++) {
		if ((k && instances[k].thread == instances[k - 1].thread) ||
		    is_taken(question, instances[k].thread - first, i))
			continue;
		question->n_choices++;
		question->threads[i] = instances[k].thread - first;
		if (choose_threads(question, i + 1))
			return true;
	}
	return false;
}

/* ---- what it rests on ------------------------------------------------------------------------------------------- */

static bool is_in_closure(const struct closure *closure, uint32_t operation)
{
	return operation < closure->end[history_thread(closure->history, operation)];
}

/* Is there a section of the lock that is left out, though it came before one that is not and that excludes it? */
static bool is_reordered(const struct closure *closure, uint32_t object)
{
	const struct history *history = closure->history;
	uint32_t latest = 0, latest_exclusive = 0;

	for (uint32_t i = history->first_acquire[object]; i < history->first_acquire[object + 1]; i++) {
		uint32_t at = history->acquires[i], position = history->position[at] + 1;

		if (!is_in_closure(closure, at))
			continue;
		latest = position > latest ? position : latest;
		if (history->model->operations[at].mode != MODE_READ && position > latest_exclusive)
			latest_exclusive = position;
	}
	for (uint32_t i = history->first_acquire[object]; i < history->first_acquire[object + 1]; i++) {
		uint32_t at = history->acquires[i];
		bool is_shared = history->model->operations[at].mode == MODE_READ;

		if (history->position[at] < (is_shared ? latest_exclusive : latest) && !is_in_closure(closure, at))
			return true;
	}
	return false;
}

static bool is_in_cycle(const struct question *question, uint32_t object)
{
	for (uint32_t i = 0; i < question->n; i++)
		if (object_at(question, i) == object)
			return true;
	return false;
}

/* Collects the locks that are taken in another order: those of the cycle first.  Returns one through which threads tell
 * each other things, 0 none. */
static uint32_t collect_locks(struct question *question)
{
	const struct closure *closure = question->closure;
	const struct history *history = closure->history;
	struct prediction *prediction = &question->predictor->prediction;
	uint32_t first_lock = question->predictor->links->evidence->first_lock[question->model], hand_off = 0;

	prediction->locks = grow_array(prediction->locks, closure->n_objects + 1, sizeof(*prediction->locks));
	prediction->n_locks = prediction->n_others = 0;
	for (uint32_t others = 0; others < 2; others++) {
		for (uint32_t i = 0; i < closure->n_objects; i++) {
			uint32_t object = closure->objects[i];

			spend(question->predictor, history->first_acquire[object + 1] - history->first_acquire[object]);
			if (is_in_cycle(question, object) == others || !is_reordered(closure, object))
				continue;
			prediction->locks[prediction->n_locks++] = first_lock + object;
			prediction->n_others += others;
			if (history->is_waited_with[object])
				hand_off = first_lock + object;
		}
	}
	return hand_off;
}

/* Where a link's thread took what the link before it wants; 0: that is not one place. */
static uint32_t stack_of_hold(const struct question *question, uint32_t i)
{
	uint32_t object = object_at(question, (i + question->n - 1) % question->n);
	const struct dep *dep = link_at(question, i)->dep;

	for (uint32_t k = 0; k < dep->n_held; k++)
		if (dep->held[k].object == object)
			return dep->held[k].stack;
	return 0;
}

/* How often the thread has asked for its lock at the same place by then, with the other one taken at the same place. */
static uint32_t turn_of(const struct question *question, uint32_t i)
{
	const struct history *history = question->history;
	uint32_t before = object_at(question, (i + question->n - 1) % question->n), turn = 0;
	uint32_t at = find_request(question, i, history->model->first_operation[question->threads[i]]);

	for (; at <= question->operations[i]; at = find_request(question, i, at + 1)) {
		uint32_t held = history->model->operations[history_holds(history, at, before)].stack;

		if (held == stack_of_hold(question, i))
			turn++;
		else if (at == question->operations[i])
			return 0;
	}
	return turn;
}

static struct instance instance_by(const struct question *question, uint32_t i)
{
	const struct links *links = question->predictor->links;
	const struct instance *instance = links->instances + link_at(question, i)->first_instance;
	uint32_t first = links->evidence->first_thread[question->model];

	while (instance->thread - first != question->threads[i])
		instance++;
	return *instance;
}

static void is_predicted(struct question *question, struct classified *as)
{
	uint32_t hand_off = collect_locks(question);

	for (uint32_t i = 0; i < question->n; i++) {
		as->instances[i] = instance_by(question, i);
		question->predictor->prediction.turns[i] = turn_of(question, i);
	}
	if (!hand_off) {
		as->class = CLASS_PREDICTED;
		as->severity = SEVERITY_ERROR;
		as->doubt = DOUBT_NONE;
		as->prediction = &question->predictor->prediction;
	} else if (!as->doubt) {
		as->hand_off = hand_off;
	}
}

/* A doubt that comes from what light recording does not tell. */
static bool may_be_dispelled(enum doubt doubt)
{
	return doubt == DOUBT_NONE || doubt == DOUBT_HANDED_ON || doubt == DOUBT_UNDECIDED || doubt == DOUBT_CAPPED;
}

/* ---- the predictor ---------------------------------------------------------------------------------------------- */

void predictor_init(struct predictor *predictor, const struct links *links)
{
	const struct session *session = links->evidence->session;

	*predictor = (struct predictor){.links = links, .steps = STEPS};
	predictor->histories = zeroed_array(session->n_models, sizeof(struct history *));
	predictor->closures = zeroed_array(session->n_models, sizeof(*predictor->closures));
	for (uint32_t m = 0; m < session->n_models; m++) {
		predictor->histories[m] = links->evidence->same_as ? NULL : history_new(session->models[m]);
		if (predictor->histories[m])
			closure_init(&predictor->closures[m], predictor->histories[m]);
	}
}

void predictor_deinit(struct predictor *predictor, struct inquiry *inquiry)
{
	if (predictor->n_left)
		inquiry_add_cap(inquiry, pool_printf(inquiry->pool, "%u cycles were too many to look for a schedule of each",
						     predictor->n_left));
	for (uint32_t m = 0; m < predictor->links->evidence->session->n_models; m++) {
		if (predictor->histories[m])
			closure_deinit(&predictor->closures[m]);
		history_free(predictor->histories[m]);
	}
	free(predictor->histories);
	free(predictor->closures);
	free(predictor->prediction.locks);
	free(predictor->prediction.turns);
	free(predictor->threads);
	free(predictor->operations);
}

/* Locks whose every acquisition is recorded, and asks before it takes. */
static bool is_lock(const struct question *question, uint32_t i)
{
	switch (evidence_object(question->predictor->links->evidence, link_at(question, i)->want)->kind) {
	case OBJECT_MUTEX:
	case OBJECT_RWLOCK:
	case OBJECT_SPIN:
		return true;
	default:
		return false;
	}
}

static bool can_ask(const struct question *question)
{
	if (!question->history)
		return false;
	for (uint32_t i = 0; i < question->n; i++)
		if (link_at(question, i)->model != question->model || !is_lock(question, i))
			return false;
	return true;
}

static void make_room(struct predictor *predictor, uint32_t n)
{
	if (n <= predictor->capacity)
		return;
	predictor->capacity = n;
	predictor->threads = grow_array(predictor->threads, n, sizeof(*predictor->threads));
	predictor->operations = grow_array(predictor->operations, n, sizeof(*predictor->operations));
	predictor->prediction.turns = grow_array(predictor->prediction.turns, n, sizeof(*predictor->prediction.turns));
}

void predict(struct predictor *predictor, const uint32_t *path, uint32_t n, struct classified *as)
{
	uint32_t model = predictor->links->at[path[0]].model;
	struct question question = {
		.predictor = predictor,
		.path = path,
		.n = n,
		.model = model,
		.history = predictor->histories[model],
		.closure = &predictor->closures[model],
	};

	if (as->class != CLASS_POSSIBLE || !may_be_dispelled(as->doubt) || !can_ask(&question))
		return;
	make_room(predictor, n);
	question.threads = predictor->threads;
	question.operations = predictor->operations;
	if (choose_threads(&question, 0))
		is_predicted(&question, as);
	else if (!predictor->steps)
		predictor->n_left++;
}

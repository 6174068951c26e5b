/* SPDX-License-Identifier: MIT */
/* Rule pool-starvation: workers of a pool wait for work that only workers of the same pool do.
 *
 * A pool is made of the threads that were created at one place with one start routine.  What its workers wait for when they
 * are idle is waited for by nobody else, for as long as it takes and with nothing in hand; otherwise it may be the lock of an
 * interpreter.  It is signalled from outside, too, by those who bring work; a worker that signals it brings work to its own
 * pool.  When it waits after that for something that only workers signal, it needs another one that is free.  Things of one
 * make count as one: each piece of work may have a condition variable of its own.
 */
#include "../meeting.h"
#include "../standstill.h"

#include <stdlib.h>

enum { SEVERAL = UINT32_MAX };		/* pools */

/* Condition variables or semaphores of one make. */
struct token {
	uint32_t signalled_by;		/* pool, 0 nobody, or SEVERAL */
	uint32_t signaller;		/* thread, 0 nobody, or SEVERAL */
	uint32_t awaited_by;		/* pool, 0 nobody, or SEVERAL */
};

struct pools {
	struct inquiry *inquiry;
	uint32_t model_number;
	const struct model *model;
	uint32_t *of;			/* by thread: the first thread of its pool */
	uint32_t *size;			/* by first thread */
	struct table known;		/* kind of object -> its token + 1 */
	struct token *tokens;
	uint32_t n_tokens, capacity;
	struct table awaited;		/* pool and token -> 1: an idle worker has waited for it */
	uint32_t *newest_signal, *next_signal;	/* by thread, by dependency: chains of dependencies + 1 */
};

static bool is_token(const struct pools *pools, const struct dep *dep)
{
	enum object_kind kind = pools->model->objects[dep->object].kind;

	return dep->op != OP_ACQUIRE && (kind == OBJECT_COND || kind == OBJECT_SEM);
}

static uint32_t token_of(struct pools *pools, uint32_t object)
{
	uint64_t class = evidence_class(&pools->inquiry->evidence, pools->model_number, &pools->model->objects[object]);
	uint32_t *number = table_at(&pools->known, class);

	if (!*number) {
		if (pools->n_tokens == pools->capacity) {
			pools->capacity = pools->capacity ? pools->capacity * 2 : 16;
			pools->tokens = grow_array(pools->tokens, pools->capacity, sizeof(*pools->tokens));
		}
		pools->tokens[pools->n_tokens] = (struct token){0};
		*number = ++pools->n_tokens;
	}
	return *number - 1;
}

static uint64_t key_of(uint32_t pool, uint32_t token)
{
	return mix(mix(0, pool), token);
}

static void find_pools(struct pools *pools)
{
	const struct model *model = pools->model;
	struct table first = {0};

	pools->of = zeroed_array(model->n_threads, sizeof(*pools->of));
	pools->size = zeroed_array(model->n_threads, sizeof(*pools->size));
	for (uint32_t i = 1; i < model->n_threads; i++) {
		const struct thread *thread = &model->threads[i];
		uint32_t *place = table_at(&first, mix(mix(0, thread->create_stack), thread->start_routine));

		if (!*place || !thread->create_stack)
			*place = i;
		pools->of[i] = *place;
		pools->size[*place]++;
	}
	table_deinit(&first);
}

static void note(struct pools *pools, uint32_t i)
{
	const struct dep *dep = &pools->model->deps[i];
	uint32_t pool = pools->of[dep->thread], number = token_of(pools, dep->object);
	struct token *token = &pools->tokens[number];

	if (dep->op == OP_WAIT) {
		token->awaited_by = token->awaited_by && token->awaited_by != pool ? SEVERAL : pool;
		if (!dep->n_held && !(dep->flags & DEP_TIMED))
			*table_at(&pools->awaited, key_of(pool, number)) = 1;
		return;
	}
	token->signalled_by = token->signalled_by && token->signalled_by != pool ? SEVERAL : pool;
	token->signaller = token->signaller && token->signaller != dep->thread ? SEVERAL : dep->thread;
	pools->next_signal[i] = pools->newest_signal[dep->thread];
	pools->newest_signal[dep->thread] = i + 1;
}

static void pools_init(struct pools *pools, struct inquiry *inquiry, uint32_t m)
{
	const struct model *model = inquiry->session->models[m];

	*pools = (struct pools){.inquiry = inquiry, .model_number = m, .model = model};
	find_pools(pools);
	pools->newest_signal = zeroed_array(model->n_threads, sizeof(*pools->newest_signal));
	pools->next_signal = zeroed_array(model->n_deps, sizeof(*pools->next_signal));
	for (uint32_t i = 0; i < model->n_deps; i++)
		if (is_token(pools, &model->deps[i]))
			note(pools, i);
}

static void pools_deinit(struct pools *pools)
{
	free(pools->of);
	free(pools->size);
	free(pools->tokens);
	free(pools->newest_signal);
	free(pools->next_signal);
	table_deinit(&pools->known);
	table_deinit(&pools->awaited);
}

/* Is it what this pool alone waits for when it is idle, and others signal, too? */
static bool is_work(struct pools *pools, uint32_t pool, uint32_t token)
{
	return pools->tokens[token].signalled_by == SEVERAL && pools->tokens[token].awaited_by == pool &&
	       *table_at(&pools->awaited, key_of(pool, token));
}

/* A signal by a worker that brings work to its own pool, before dependency `before`; NULL: there is none, or it is no worker. */
static const struct dep *find_own_work(struct pools *pools, uint32_t worker, uint32_t before, uint32_t waited_for)
{
	uint32_t newest = pools->model->threads[worker].create_stack ? pools->newest_signal[worker] : 0;

	for (uint32_t i = newest; i; i = pools->next_signal[i - 1]) {
		const struct dep *signal = &pools->model->deps[i - 1];
		uint32_t token = token_of(pools, signal->object);

		if (i <= before && token != waited_for && is_work(pools, pools->of[worker], token))
			return signal;
	}
	return NULL;
}

/* ---- what happened ---------------------------------------------------------------------------------------------- */

/* Does every worker of this one's pool wait, none of them for work? */
static bool are_all_busy(struct pools *pools, uint32_t pool, uint32_t work)
{
	const struct model *model = pools->model;

	for (uint32_t i = 0; i < model->n_live; i++) {
		const struct wait *wait = &model->live[i].wait;

		if (!model->live[i].is_ended && pools->of[wait->thread] == pool &&
		    (wait->mode != MODE_TOKEN || !wait->object || token_of(pools, wait->object) == work))
			return false;
	}
	return true;
}

/* Where this one had brought work to its pool, when that waits now, all of it, but not for work; NULL. */
static const struct dep *find_starved(struct pools *pools, const struct wait *wait)
{
	const struct dep *work;

	if ((wait->kind != OBJECT_COND && wait->kind != OBJECT_SEM) || !wait->object)
		return NULL;
	work = find_own_work(pools, wait->thread, UINT32_MAX, token_of(pools, wait->object));
	return work && are_all_busy(pools, pools->of[wait->thread], token_of(pools, work->object)) ? work : NULL;
}

bool standstill_is_starved(struct inquiry *inquiry, const struct standstill *standstill, const struct sleeper **ret_worker,
			   const struct dep **ret_work)
{
	const struct dep *work = NULL;
	struct pools pools = {0};

	for (uint32_t i = 0; i < standstill->n && !work; i++) {
		const struct sleeper *sleeper = &standstill->sleepers[i];

		if (pools.model != sleeper->model) {
			pools_deinit(&pools);
			pools_init(&pools, inquiry, evidence_number_of(&inquiry->evidence, sleeper->model));
		}
		work = find_starved(&pools, &sleeper->model->live[sleeper->live].wait);
		*ret_worker = sleeper;
	}
	pools_deinit(&pools);
	*ret_work = work;
	return work;
}

static void report_starved(struct inquiry *inquiry, const struct standstill *standstill)
{
	struct finding draft = {.rule = RULE_POOL_STARVATION, .class = CLASS_OBSERVED, .severity = standstill->severity};
	const struct sleeper *worker;
	const struct dep *work;

	if (standstill->outer_waits || !standstill_is_starved(inquiry, standstill, &worker, &work))
		return;
	draft_parts(&draft, inquiry->pool, 2);
	standstill_write_part(&draft, &draft.parts[0], inquiry->pool, worker);
	draft_add_lock(&draft, draft_lock(worker->model, work->object));
	meeting_write_part(&draft.parts[1], inquiry->pool, worker->model, work);
	draft.why = pool_printf(inquiry->pool, "%s All threads of its pool wait, none of them for work.", standstill->why);
	draft_enter(inquiry, &draft);
}

/* ---- what can happen -------------------------------------------------------------------------------------------- */

static void report(struct pools *pools, const struct dep *wait, const struct dep *work)
{
	struct finding draft = {.rule = RULE_POOL_STARVATION, .class = CLASS_POSSIBLE, .severity = SEVERITY_WARNING};
	struct pool *pool = pools->inquiry->pool;

	draft_parts(&draft, pool, 2);
	draft_add_lock(&draft, draft_lock(pools->model, wait->object));
	draft_add_lock(&draft, draft_lock(pools->model, work->object));
	meeting_write_part(&draft.parts[0], pool, pools->model, wait);
	meeting_write_part(&draft.parts[1], pool, pools->model, work);
	draft.why = pool_printf(pool,
				"Only the %u threads that were created at the same place were seen to signal %%0, and they wait for "
				"%%1 when they have nothing to do. It takes one of them to do what the others wait for.",
				pools->size[pools->of[wait->thread]]);
	draft_enter(pools->inquiry, &draft);
}

/* Does a worker wait for what other workers of its pool alone signal? */
static bool is_for_pool(struct pools *pools, const struct dep *wait)
{
	uint32_t pool = pools->of[wait->thread];
	const struct token *token;

	if (!is_token(pools, wait) || wait->op != OP_WAIT || (wait->flags & DEP_TIMED) || pools->size[pool] < 2)
		return false;
	token = &pools->tokens[token_of(pools, wait->object)];
	return token->signalled_by == pool && token->signaller != wait->thread;
}

static void judge_model(struct pools *pools)
{
	for (uint32_t i = 0; i < pools->model->n_deps; i++) {
		const struct dep *wait = &pools->model->deps[i], *work;

		if (!is_for_pool(pools, wait))
			continue;
		work = find_own_work(pools, wait->thread, i, token_of(pools, wait->object));
		if (work)
			report(pools, wait, work);
	}
}

void rule_pool_starvation(struct inquiry *inquiry)
{
	standstill_each(inquiry, report_starved);
	for (uint32_t m = 0; m < inquiry->session->n_models; m++) {
		struct pools pools;

		if (inquiry->session->models[m]->is_present)
			continue;
		pools_init(&pools, inquiry, m);
		judge_model(&pools);
		pools_deinit(&pools);
	}
}

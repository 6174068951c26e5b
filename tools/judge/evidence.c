/* SPDX-License-Identifier: MIT */
/* Numbers the locks and threads of a session and collects what single facts say about them. */
#include "evidence.h"

#include "../trace/pool.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { SITE_FRAMES = 4 };	/* innermost calls that make a place; enough to see past wrappers of lock functions */

static void number(struct evidence *evidence)
{
	const struct session *session = evidence->session;
	uint64_t n_locks = 0, n_threads = 0;

	evidence->first_lock = zeroed_array(session->n_models + 1, sizeof(uint32_t));
	evidence->first_thread = zeroed_array(session->n_models + 1, sizeof(uint32_t));
	for (uint32_t m = 0; m < session->n_models; m++) {
		n_locks += session->models[m]->n_objects;
		n_threads += session->models[m]->n_threads;
		assert(n_locks < UINT32_MAX && n_threads < UINT32_MAX);
		evidence->first_lock[m + 1] = (uint32_t)n_locks;
		evidence->first_thread[m + 1] = (uint32_t)n_threads;
	}
	evidence->n_locks = (uint32_t)n_locks;
	evidence->n_threads = (uint32_t)n_threads;
}

static void find_handed_off(struct evidence *evidence, uint32_t m)
{
	const struct model *model = evidence->session->models[m];

	for (uint32_t i = 0; i < model->n_events; i++) {
		const struct event *event = &model->events[i];

		if (event->kind == EVENT_HANDOFF || (event->kind == EVENT_UNLOCK_NOT_OWNER && event->other))
			evidence->is_handed_off[evidence->first_lock[m] + event->object] = true;
	}
}

static void find_ends(struct evidence *evidence, uint32_t m)
{
	const struct model *model = evidence->session->models[m];

	for (uint32_t i = 0; i < model->n_deps; i++) {
		const struct dep *dep = &model->deps[i];
		const struct object *object = &model->objects[dep->object];
		uint32_t *end;

		if (dep->op != OP_WAIT || object->kind != OBJECT_THREAD)
			continue;
		end = &evidence->end_of[evidence->first_thread[m] + object->address];
		if (!*end)
			*end = evidence->first_lock[m] + dep->object;
	}
}

static uint64_t context_of(uint32_t m, const struct dep *dep)
{
	uint64_t context = mix(mix(0, m), dep->stack);

	for (uint32_t i = 0; i < dep->n_held; i++)
		context = mix(context, dep->held[i].stack);
	return context;
}

static uint64_t site_of_thread(uint32_t m, const struct thread *thread)
{
	return mix(mix(1, m), thread->create_stack);
}

static void count(struct evidence *evidence, uint64_t key, uint32_t *most)
{
	uint32_t n = ++*table_at(&evidence->counts, key);

	*most = n > *most ? n : *most;
}

/* The recording does not say where its caps were met; but there it has kept the same number each time, and nowhere more. */
static void count_capped(struct evidence *evidence, uint32_t m)
{
	const struct model *model = evidence->session->models[m];

	for (uint32_t i = 0; model->caps[CAP_DEPS_PER_CONTEXT] && i < model->n_deps; i++)
		count(evidence, context_of(m, &model->deps[i]), &evidence->fullest_context[m]);
	for (uint32_t i = 1; model->caps[CAP_THREADS_PER_SITE] && i < model->n_threads; i++)
		if (model->threads[i].index)
			count(evidence, site_of_thread(m, &model->threads[i]), &evidence->fullest_site[m]);
}

static bool is_full(struct evidence *evidence, uint64_t key, uint32_t most)
{
	return most && *table_at(&evidence->counts, key) >= most - most / 8;
}

bool evidence_lacks_locks(struct evidence *evidence, uint32_t model, const struct dep *dep)
{
	return is_full(evidence, context_of(model, dep), evidence->fullest_context[model]);
}

bool evidence_lacks_threads(struct evidence *evidence, uint32_t model, const struct dep *dep)
{
	const struct thread *thread = &evidence->session->models[model]->threads[dep->thread];

	return is_full(evidence, site_of_thread(model, thread), evidence->fullest_site[model]);
}

static bool holds(const struct dep *dep, uint32_t object)
{
	for (uint32_t i = 0; i < dep->n_held; i++)
		if (dep->held[i].object == object)
			return true;
	return false;
}

bool evidence_tells(const struct evidence *evidence, uint32_t thread, uint32_t lock)
{
	uint32_t m = evidence_model_of_thread(evidence, thread);
	const struct model *model = evidence->session->models[m];

	for (uint32_t i = 0; evidence_model_of_lock(evidence, lock) == m && i < model->n_deps; i++) {
		const struct dep *dep = &model->deps[i];

		if (dep->op == OP_SIGNAL && dep->thread == thread - evidence->first_thread[m] &&
		    holds(dep, lock - evidence->first_lock[m]))
			return true;
	}
	return false;
}

void evidence_init(struct evidence *evidence, const struct session *session)
{
	*evidence = (struct evidence){.session = session};
	number(evidence);
	evidence->is_handed_off = zeroed_array(evidence->n_locks, sizeof(*evidence->is_handed_off));
	evidence->end_of = zeroed_array(evidence->n_threads, sizeof(*evidence->end_of));
	evidence->sites = zeroed_array(session->n_models, sizeof(*evidence->sites));
	evidence->fullest_context = zeroed_array(session->n_models, sizeof(*evidence->fullest_context));
	evidence->fullest_site = zeroed_array(session->n_models, sizeof(*evidence->fullest_site));
	for (uint32_t m = 0; m < session->n_models; m++) {
		find_handed_off(evidence, m);
		find_ends(evidence, m);
		count_capped(evidence, m);
	}
	evidence_share(evidence);
}

void evidence_deinit(struct evidence *evidence)
{
	for (uint32_t m = 0; m < evidence->session->n_models; m++)
		free(evidence->sites[m]);
	free(evidence->sites);
	free(evidence->first_lock);
	free(evidence->first_thread);
	free(evidence->is_handed_off);
	free(evidence->end_of);
	free(evidence->shared_as);
	free(evidence->is_alone);
	free(evidence->same_as);
	free(evidence->fullest_context);
	free(evidence->fullest_site);
	table_deinit(&evidence->counts);
}

/* The last i with first[i] <= number; traces without locks or threads share their beginning with the next one. */
static uint32_t find_model(const uint32_t *first, uint32_t n, uint32_t number)
{
	uint32_t low = 0, high = n;

	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;

		if (first[middle] <= number)
			low = middle;
		else
			high = middle;
	}
	return low;
}

uint32_t evidence_number_of(const struct evidence *evidence, const struct model *model)
{
	uint32_t m = 0;

	while (m + 1 < evidence->session->n_models && evidence->session->models[m] != model)
		m++;
	return m;
}

uint32_t evidence_model_of_lock(const struct evidence *evidence, uint32_t lock)
{
	return find_model(evidence->first_lock, evidence->session->n_models, lock);
}

uint32_t evidence_model_of_thread(const struct evidence *evidence, uint32_t thread)
{
	return find_model(evidence->first_thread, evidence->session->n_models, thread);
}

uint32_t evidence_lock(const struct evidence *evidence, uint32_t model, uint32_t object)
{
	const struct object *known = &evidence->session->models[model]->objects[object];
	uint32_t end = 0;

	if (known->kind == OBJECT_THREAD)
		end = evidence->end_of[evidence->first_thread[model] + known->address];
	return end ? end : evidence_held(evidence, model, object);
}

static uint64_t hash_text(const char *text)
{
	uint64_t hash = 0;

	for (; *text; text++)
		hash = mix(hash, (unsigned char)*text);
	return hash;
}

static uint64_t hash_pc(const struct model *model, uint64_t pc, uint32_t epoch)
{
	const struct module *module = model_module_at(model, pc, epoch);
	const char *slash = module ? strrchr(module->path, '/') : NULL;

	if (!module)
		return pc;
	return mix(hash_text(slash ? slash + 1 : module->path), pc - module->bias);
}

static uint64_t hash_site(const struct model *model, const struct stack *stack)
{
	uint64_t site = 1;

	for (uint32_t i = 0; i < stack->n && i < SITE_FRAMES; i++)
		site = mix(site, hash_pc(model, stack->pc[i], stack->epoch));
	return site;
}

uint64_t evidence_site(struct evidence *evidence, uint32_t m, uint32_t stack_id)
{
	const struct model *model = evidence->session->models[m];
	uint64_t *site;

	if (!evidence->sites[m])
		evidence->sites[m] = zeroed_array(model->n_stacks, sizeof(*evidence->sites[m]));
	site = &evidence->sites[m][stack_id];
	if (!*site)
		*site = hash_site(model, &model->stacks[stack_id]);
	return *site;
}

uint64_t evidence_code(struct evidence *evidence, uint32_t model, uint32_t held_stack, uint32_t want_stack)
{
	return mix(mix(0, evidence_site(evidence, model, held_stack)), evidence_site(evidence, model, want_stack));
}

uint64_t evidence_class(struct evidence *evidence, uint32_t model, const struct object *object)
{
	uint32_t birth = object->create_stack ? object->create_stack : object->first_stack;

	return mix(mix(object->kind, object->create_stack != 0), evidence_site(evidence, model, birth));
}

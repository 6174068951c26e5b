/* SPDX-License-Identifier: MIT */
/* Fills in the pieces of a finding. */
#include "draft.h"

#include <stdlib.h>

struct finding_lock draft_lock(const struct model *model, uint32_t object)
{
	return (struct finding_lock){
		.model = model,
		.object = object,
		.address = model->objects[object].address,
		.kind = model->objects[object].kind,
	};
}

struct finding_lock draft_lock_numbered(const struct evidence *evidence, uint32_t lock)
{
	uint32_t m = evidence_model_of_lock(evidence, lock);

	return draft_lock(evidence->session->models[m], lock - evidence->first_lock[m]);
}

const char *draft_seen(const struct model *model)
{
	return model->is_inspected ? "The threads were seen waiting so" : "This happened in the recorded run";
}

void draft_parts(struct finding *finding, struct pool *pool, uint32_t n_parts)
{
	finding->parts = pool_new_array(pool, struct finding_part, n_parts);
	finding->n_parts = n_parts;
	finding->locks = pool_new_array(pool, struct finding_lock, n_parts + 1);
	for (uint32_t i = 0; i < n_parts; i++)
		finding->parts[i].cycle_hold = -1;
}

/* Of a lock in the live table often only the address is known. */
static bool is_same_lock(const struct finding_lock *a, const struct finding_lock *b)
{
	return a->model == b->model && a->address == b->address && (a->object == b->object || !a->object || !b->object);
}

uint32_t draft_add_lock(struct finding *finding, struct finding_lock lock)
{
	uint32_t i = 0;

	while (i < finding->n_locks && !is_same_lock(&finding->locks[i], &lock))
		i++;
	if (i == finding->n_locks)
		finding->locks[finding->n_locks++] = lock;
	return i;
}

void draft_want(struct finding_part *part, struct finding_lock lock, enum object_mode mode, uint32_t flags,
		uint32_t stack)
{
	part->has_want = true;
	part->want = lock;
	part->want_mode = mode;
	part->want_flags = flags;
	part->want_stack = stack;
}

void draft_holds(struct finding_part *part, struct pool *pool, const struct held *held, const uint64_t *addresses,
		 uint32_t n)
{
	part->holds = pool_new_array(pool, struct finding_held, n);
	part->n_holds = n;
	for (uint32_t i = 0; i < n; i++) {
		part->holds[i] = (struct finding_held){
			.lock = draft_lock(part->model, held[i].object),
			.mode = held[i].mode,
			.stack = held[i].stack,
		};
		if (addresses)
			part->holds[i].lock.address = addresses[i];
	}
}

void draft_cycle_hold(struct finding_part *part, const struct finding_lock *lock)
{
	for (uint32_t i = 0; i < part->n_holds; i++)
		if (is_same_lock(&part->holds[i].lock, lock))
			part->cycle_hold = (int)i;
}

/* Where a part took the lock that the part before it wants. */
static uint32_t stack_of_hold(const struct finding_part *part)
{
	return part->cycle_hold < 0 ? 0 : part->holds[part->cycle_hold].stack;
}

static uint64_t lock_of(const struct evidence *evidence, const struct finding_part *part)
{
	const struct finding_lock *want = &part->want;
	uint32_t model = evidence_number_of(evidence, want->model);
	uint64_t lock = want->object ? evidence_lock(evidence, model, want->object) : mix(model, want->address);

	return docket_lock_key(lock, part->want_flags);
}

void draft_enter(struct inquiry *inquiry, const struct finding *draft)
{
	uint64_t *locks = zeroed_array(draft->n_parts, sizeof(*locks));
	uint64_t *codes = zeroed_array(draft->n_parts, sizeof(*codes));
	struct finding *finding;

	for (uint32_t i = 0; i < draft->n_parts; i++) {
		const struct finding_part *part = &draft->parts[i];
		uint32_t model = evidence_number_of(&inquiry->evidence, part->model);

		locks[i] = lock_of(&inquiry->evidence, part);
		codes[i] = evidence_code(&inquiry->evidence, model, stack_of_hold(part), part->want_stack);
	}
	finding = docket_enter(&inquiry->docket, draft->rule, draft->class, draft->severity,
			       docket_ring_key(locks, draft->n_parts), docket_ring_key(codes, draft->n_parts));
	if (finding)
		*finding = *draft;
	free(locks);
	free(codes);
}

/* SPDX-License-Identifier: MIT */
/* A recording and what was seen of the same process: who has the lock that a thread waits for was recorded, and not seen. */
#undef NDEBUG
#include "tools/inspect/recording.h"

#include <assert.h>

enum { WAITER = 101, OWNER = 102, LOCK = 0x1000 };

static bool was_born;

static bool has_thread(const struct target *target, uint32_t tid)
{
	assert(tid == OWNER);
	return was_born;
}

/* Thread 1 waits for the lock; of thread 2, if there is one, the lock is. */
static struct model *model_of(struct pool *pool, uint32_t n_threads)
{
	struct model *model = pool_alloc(pool, sizeof(*model));
	struct held *held = pool_new_array(pool, struct held, 1);
	uint64_t *address = pool_new_array(pool, uint64_t, 1);

	*held = (struct held){.object = 1, .mode = MODE_WRITE};
	*address = LOCK;
	*model = (struct model){.memory = pool, .n_live = n_threads, .n_threads = n_threads + 1, .n_objects = 2};
	model->threads = pool_new_array(pool, struct thread, n_threads + 1);
	model->live = pool_new_array(pool, struct live_thread, n_threads);
	model->objects = pool_new_array(pool, struct object, 2);
	model->objects[1] = (struct object){.id = 1, .address = LOCK, .kind = OBJECT_MUTEX};
	for (uint32_t i = 0; i < n_threads; i++) {
		model->threads[i + 1] = (struct thread){.index = i + 1, .tid = WAITER + i};
		model->live[i].wait.thread = i + 1;
	}
	model->live[0].is_waiting = true;
	model->live[0].want_address = LOCK;
	model->live[0].wait.object = 1;
	model->live[0].wait.kind = OBJECT_MUTEX;
	if (n_threads > 1) {
		model->live[1].wait.held = held;
		model->live[1].wait.n_held = 1;
		model->live[1].held_addresses = address;
	}
	return model;
}

static const struct live_thread *owner_as(bool is_born, struct pool *pool)
{
	struct target target = {.pool = pool, .has_thread = has_thread};
	struct model *recorded = model_of(pool, 2);

	was_born = is_born;
	recording_join(recorded, model_of(pool, 1), &target);
	assert(recorded->n_live == 2 && recorded->live[0].is_waiting && !recorded->live[0].is_ended);
	return &recorded->live[1];
}

int main(void)
{
	struct pool *pool = pool_new();

	assert(owner_as(false, pool)->is_ended);
	assert(!owner_as(true, pool)->is_ended);
	assert(owner_as(true, pool)->activity == ACTIVITY_RUNS);
	pool_free(pool);
	return 0;
}

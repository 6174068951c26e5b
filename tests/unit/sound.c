/* SPDX-License-Identifier: MIT */
/* What model.h promises of a model, whatever bytes it was read from. */
#undef NDEBUG
#include "sound.h"

#include <assert.h>
#include <string.h>

static void expect_sound_holds(const struct model *model, const struct held *held, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		assert(held[i].object < model->n_objects && held[i].stack < model->n_stacks && held[i].mode < MODES);
}

static void expect_sound_wait(const struct model *model, const struct wait *wait)
{
	assert(wait->thread < model->n_threads && wait->object < model->n_objects && wait->stack < model->n_stacks);
	assert(wait->kind < OBJECT_KINDS && wait->mode < MODES);
	expect_sound_holds(model, wait->held, wait->n_held);
}

static void expect_sound_definitions(const struct model *model)
{
	assert(strlen(model->exe) < TRACE_CHUNK_SIZE);
	for (uint32_t i = 0; i < model->argc; i++)
		assert(strlen(model->argv[i]) < TRACE_CHUNK_SIZE);
	for (uint32_t i = 0; i < model->n_modules; i++)
		assert(strlen(model->modules[i].path) < TRACE_CHUNK_SIZE);
	for (uint32_t i = 0; i < model->n_stacks; i++) {
		const struct stack *stack = &model->stacks[i];

		assert(stack->n <= TRACE_MAX_FRAMES && !stack->n == !stack->pc && stack->n_in_handler <= stack->n);
		assert(stack->signal <= 64 && !stack->signal == !stack->n_in_handler);
	}
	for (uint32_t i = 0; i < model->n_threads; i++) {
		const struct thread *thread = &model->threads[i];

		assert(thread->parent < model->n_threads && thread->create_stack < model->n_stacks);
		assert(memchr(thread->name, 0, sizeof(thread->name)) && (!thread->index || thread->index == i));
	}
	for (uint32_t i = 0; i < model->n_objects; i++) {
		const struct object *object = &model->objects[i];

		assert(object->kind < OBJECT_KINDS && (!object->id || object->id == i));
		assert(object->create_stack < model->n_stacks && object->first_stack < model->n_stacks);
		assert(object->end_stack < model->n_stacks && object->owner_thread < model->n_threads);
		assert(!object->name || strlen(object->name) < TRACE_CHUNK_SIZE);
		assert(object->kind != OBJECT_THREAD || object->address < model->n_threads);
	}
}

static void expect_sound_facts(const struct model *model)
{
	for (uint32_t i = 0; i < model->n_deps; i++) {
		const struct dep *dep = &model->deps[i];

		assert(dep->thread < model->n_threads && dep->object && dep->object < model->n_objects);
		assert(dep->op < OPS && dep->mode < MODES && dep->stack < model->n_stacks &&
		       dep->aux < model->n_objects);
		expect_sound_holds(model, dep->held, dep->n_held);
	}
	for (uint32_t i = 0; i < model->n_edges; i++)
		assert(model->edges[i].from_thread < model->n_threads && model->edges[i].to_thread < model->n_threads);
	for (uint32_t i = 0; i < model->n_declared_orders; i++) {
		const struct declared_order *order = &model->declared_orders[i];

		assert(order->first && order->first < model->n_objects && order->second && order->second < model->n_objects);
		assert(order->stack < model->n_stacks && order->thread < model->n_threads);
	}
	for (uint32_t i = 0; i < model->n_deadlocks; i++)
		for (uint32_t k = 0; k < model->deadlocks[i].n; k++)
			expect_sound_wait(model, &model->deadlocks[i].parts[k]);
	for (uint32_t i = 0; i < model->n_events; i++) {
		const struct event *event = &model->events[i];

		assert(event->kind < EVENT_KINDS && event->object < model->n_objects &&
		       event->other < model->n_threads);
		assert(event->stack < model->n_stacks && event->held_stack < model->n_stacks);
	}
	for (uint32_t i = 0; i < model->n_steerings; i++) {
		const struct steering *steering = &model->steerings[i];

		assert(steering->act && steering->act < STEER_ACTS && steering->object < model->n_objects);
		assert(steering->thread < model->n_threads && steering->other < model->n_threads);
		assert(steering->other_stack < model->n_stacks);
	}
	for (uint32_t i = 0; i < model->n_live; i++) {
		const struct live_thread *live = &model->live[i];

		expect_sound_wait(model, &live->wait);
		assert(!live->is_waiting || live->wait.kind != OBJECT_THREAD || live->want_address < model->n_threads);
		for (uint32_t k = 0; k < live->wait.n_held; k++)
			(void)*(const volatile uint64_t *)&live->held_addresses[k]; /* any address, but it is there */
	}
}

static void expect_sound_operations(const struct model *model)
{
	assert(model->first_operation[0] == 0 && model->first_operation[model->n_threads] == model->n_operations);
	for (uint32_t t = 0; t < model->n_threads; t++)
		assert(model->first_operation[t] <= model->first_operation[t + 1]);
	for (uint32_t i = 0; i < model->n_operations; i++) {
		const struct operation *operation = &model->operations[i];

		assert(operation->op > FULL_OWNER && operation->op < FULL_OPS && operation->stack < model->n_stacks);
		assert(operation->object < model->n_objects && (operation->op != FULL_ACQUIRE || operation->mode < MODE_TOKEN));
	}
}

void expect_sound(const struct model *model)
{
	expect_sound_operations(model);
	expect_sound_definitions(model);
	expect_sound_facts(model);
}

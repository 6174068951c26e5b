/* SPDX-License-Identifier: MIT */
/* The reader: says what a whole trace says, and answers whatever bytes it is given. */
#undef NDEBUG
#include "court.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SECOND = 2, THIRD = 3 }; /* threads of court_full_trace() */

static void expect_definitions(const struct model *model)
{
	assert(model->pid == 100 && model->argc == 2 && strcmp(model->argv[1], "--fast") == 0);
	assert(strcmp(model->exe, "/usr/bin/bank") == 0);
	assert(model->n_modules == 1 && strcmp(model->modules[0].path, "/usr/bin/bank") == 0);
	assert(model->modules[0].build_id_size == 4 && memcmp(model->modules[0].build_id, "BILD", 4) == 0);
	assert(model_module_at(model, 0x402000, 0) == &model->modules[0] && !model_module_at(model, 0x500000, 0));
	assert(model->n_stacks == 2 && model->stacks[1].n == 2 && model->stacks[1].pc[1] == 0x402000);
	assert(model->stacks[1].signal == 14 && model->stacks[1].n_in_handler == 1 && model->stacks[1].open_signals == 3);
	assert(model->n_threads == 4 && model->threads[SECOND].parent == MAIN_THREAD);
	assert(model->threads[SECOND].parent_segment == 3 && model->threads[THIRD].parent_segment == 4);
	assert(strcmp(model->threads[SECOND].name, "teller") == 0 && !*model->threads[THIRD].name);
	assert(model->threads[SECOND].is_ended && model->threads[SECOND].end_segment == 8);
	assert(model->n_objects == 4 && model->objects[1].kind == OBJECT_MUTEX && model->objects[2].is_ended);
	assert(model->objects[3].kind == OBJECT_THREAD && model->objects[3].address == SECOND);
	assert(model->objects[1].file->inode == 7 && model->objects[1].file->offset == 64 && !model->objects[2].file);
	assert(strcmp(model->objects[1].file->path, "/dev/shm/bank") == 0);
	assert(model->fork.parent_pid == 99 && model->fork.parent_thread == SECOND && model->fork.parent_segment == 4);
	assert(model->lost[LOST_UNWIND] == 3 && model->caps[CAP_CONTEXTS] == 4);
}

static void expect_facts(const struct model *model)
{
	assert(model->n_deps == 2 && model->deps[0].thread == SECOND && model->deps[0].segment == 7);
	assert(model->deps[1].n_held == 2 && model->deps[1].held[1].mode == MODE_READ);
	assert(model->n_edges == 1 && model->edges[0].to_segment == 5);
	assert(model->n_deadlocks == 1 && model->deadlocks[0].n == 2);
	assert(model->deadlocks[0].parts[0].thread == SECOND && model->deadlocks[0].parts[0].since_ns == 5);
	assert(model->deadlocks[0].parts[1].held[0].object == 2);
	assert(model->n_events == 1 && model->events[0].kind == EVENT_EXIT_HELD);
	assert(model->n_steerings == 1 && model->steerings[0].act == STEER_IN_VAIN && model->steerings[0].part == 7);
	assert(model->steerings[0].thread == SECOND && model->steerings[0].object == 1);
	assert(model->n_live == 2 && model->live[0].is_waiting && model->live[0].wait.object == 1);
	assert(model->live[0].wait.n_held == 2 && model->live[0].held_addresses[1] == 0x99);
	assert(model->live[0].wait.held[1].object == 0 && model->live[0].wait.held[1].flags == DEP_INHERITED);
	assert(model->live[1].is_ended && !model->live[1].is_waiting);
}

static void test_everything(void)
{
	struct trace *trace = court_full_trace();
	struct model *model = court_read(trace);

	assert(!model->damage && !model->bad_records);
	expect_definitions(model);
	expect_facts(model);
	model_free(model);
	trace_free(trace);
}

/* Definitions may lie in a later chunk than what refers to them: the stack of a lock in the chunk of another thread. */
static void test_definition_after_use(void)
{
	struct trace *trace = trace_new(1);
	struct record_held held = {.object = 2, .stack = 700};
	struct model *model;

	trace_dep(trace,
		  &(struct trace_want){.thread = MAIN_THREAD, .object = 1, .stack = 3000, .n_held = 1, .held = &held});
	trace_site(trace, 3000);
	trace_mutex(trace);
	trace_mutex(trace);
	assert(trace_header(trace)->n_chunks > 1);
	model = court_read(trace);
	assert(!model->damage && model->n_deps == 1 && model->deps[0].stack == 3000);
	assert(model->deps[0].held[0].object == 2 && model->deps[0].held[0].stack == 700);
	model_free(model);
	trace_free(trace);
}

/* The dearest waits come first; one that has not ended has no cost yet, and one for nothing known is damage. */
static void test_contention(void)
{
	struct trace *trace = trace_new(1);
	uint32_t lock = trace_mutex(trace), here = trace_site(trace, 1), there = trace_site(trace, 2);
	struct model *model;

	trace_contention(trace, (struct trace_contention){.object = lock, .stack = here, .n = 1, .total_ns = 5,
							  .longest_ns = 5, .longest_thread = 77});
	trace_contention(trace, (struct trace_contention){.object = lock, .stack = there, .owner_stack = here, .n = 3,
							  .total_ns = 60, .longest_ns = 70,
							  .longest_thread = MAIN_THREAD,
							  .n_holds = 2, .held_ns = 8, .longest_held_ns = 9});
	trace_contention(trace, (struct trace_contention){.object = lock, .stack = 99, .owner_stack = there});
	trace_contention(trace, (struct trace_contention){.stack = there, .mode = MODE_READ, .n = 1, .total_ns = 7});
	model = court_read(trace);
	assert(!model->damage && model->n_contentions == 3);
	assert(model->contentions[0].object == lock && model->contentions[0].stack == there);
	assert(model->contentions[0].owner_stack == here && model->contentions[0].n == 3);
	assert(model->contentions[0].longest_ns == 60 && model->contentions[0].longest_thread == MAIN_THREAD);
	assert(model->contentions[0].n_holds == 2 && model->contentions[0].held_ns == 8);
	assert(model->contentions[0].longest_held_ns == 8 && !model->contentions[1].n_holds);
	assert(!model->contentions[1].object && model->contentions[1].mode == MODE_READ);
	assert(model->contentions[2].total_ns == 5 && !model->contentions[2].longest_thread);
	model_free(model);
	trace_contention(trace, (struct trace_contention){.object = 99, .stack = here, .n = 1});
	trace_contention(trace, (struct trace_contention){.object = lock, .mode = MODE_TOKEN, .n = 1});
	model = court_read(trace);
	assert(model->damage && model->bad_records == 2 && model->n_contentions == 3);
	model_free(model);
	trace_free(trace);
}

/* A wait is believed only with an odd epoch. */
static void test_even_epoch(void)
{
	struct trace *trace = trace_new(1);
	struct live_slot *slot = trace_slot(trace, MAIN_THREAD, SLOT_ALIVE, 0, NULL);
	struct model *model;

	trace_slot_waits(slot, OBJECT_MUTEX, 1, MODE_WRITE, 0);
	slot->epoch++;
	model = court_read(trace);
	assert(model->n_live == 1 && !model->live[0].is_waiting);
	model_free(model);
	trace_free(trace);
}

/* A thread whose record was lost is known from its slot. */
static void test_thread_in_table_only(void)
{
	struct trace *trace = trace_new(1);
	struct model *model;

	trace_slot(trace, 9, SLOT_ALIVE, 0, NULL)->tid = 1234;
	model = court_read(trace);
	assert(!model->damage && model->n_threads == 10 && model->threads[9].tid == 1234 && model->n_live == 1);
	model_free(model);
	trace_free(trace);
}

static void expect_refused(struct trace *trace, const char *reason)
{
	struct model *model = NULL;
	char path[64], *why = NULL;
	int fd = memfd_create("trace", MFD_CLOEXEC);

	assert(fd >= 0 && trace_write(trace, fd) == 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	assert(model_read(path, &model, &why) == -1 && !model);
	assert(strncmp(why, path, strlen(path)) == 0 && strstr(why, reason));
	free(why);
	close(fd);
	trace_free(trace);
}

static void test_refused(void)
{
	struct trace *trace = trace_new(1);

	trace_header(trace)->version++;
	expect_refused(trace, "another version");
	trace = trace_new(1);
	trace->bytes[0] = 'X';
	expect_refused(trace, "not a Snag trace");
	trace = trace_new(1);
	trace_header(trace)->byte_order = 0x04030201;
	expect_refused(trace, "byte order");
	trace = trace_new(1);
	trace_header(trace)->chunk_size = 0;
	expect_refused(trace, "sizes");
	trace = trace_new(1);
	trace->size = 100;
	expect_refused(trace, "cut short");
}

/* Records that refer to nothing are left out and counted, and the rest is there. */
static void test_bad_records(void)
{
	struct trace *trace = trace_new(1);
	struct record_held held = {.object = 77};
	struct model *model;

	trace_mutex(trace);
	trace_dep(trace, &(struct trace_want){.thread = MAIN_THREAD, .object = 5});
	trace_dep(trace, &(struct trace_want){.thread = 8, .object = 1});
	trace_dep(trace, &(struct trace_want){.thread = MAIN_THREAD, .object = 1, .n_held = 1, .held = &held});
	trace_dep(trace, &(struct trace_want){.thread = MAIN_THREAD, .object = 1, .stack = 99});
	trace_edge(trace, EDGE_JOIN, 4, 0, MAIN_THREAD, 1);
	trace_event(trace, EVENT_DESTROY_HELD, MAIN_THREAD, 12, 0);
	trace_signals(trace, (struct record_signals){.stack = trace_site(trace, 1), .n_in_handler = 2, .signal = 14});
	trace_signals(trace, (struct record_signals){.stack = 99, .n_in_handler = 2, .signal = 14});
	trace->n_objects = 0;
	trace_mutex(trace);
	model = court_read(trace);
	assert(model->bad_records == 7 && model->damage);
	assert(model->n_deps == 1 && model->deps[0].stack == 0 && model->n_edges == 0 && model->n_events == 0);
	model_free(model);
	trace_free(trace);
}

/* Part of a deadlock is missing: nothing is made up. */
static void test_half_a_deadlock(void)
{
	struct trace *trace = trace_new(1);
	struct trace_want want = {.thread = MAIN_THREAD, .object = 1, .kind = OBJECT_MUTEX};
	struct record_stuck *stuck;
	struct model *model;

	trace_mutex(trace);
	trace_stuck(trace, &want, 1);
	stuck = (void *)(trace->bytes + TRACE_HEADER_SIZE + sizeof(struct chunk_header) + sizeof(struct record_thread) +
			 sizeof(struct record_object));
	assert(stuck->h.type == RECORD_STUCK);
	stuck->of = 2;
	model = court_read(trace);
	assert(model->n_deadlocks == 0 && model->bad_records == 1);
	model_free(model);
	trace_free(trace);
}

int main(void)
{
	test_everything();
	test_definition_after_use();
	test_contention();
	test_even_epoch();
	test_thread_in_table_only();
	test_refused();
	test_bad_records();
	test_half_a_deadlock();
	return 0;
}

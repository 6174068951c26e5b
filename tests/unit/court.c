/* SPDX-License-Identifier: MIT */
/* Traces in, findings out. */
#undef NDEBUG
#include "court.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct model *court_read(const struct trace *trace)
{
	int fd = memfd_create("trace", MFD_CLOEXEC);
	struct model *model = NULL;
	char path[64], *why = NULL;

	assert(fd >= 0 && trace_write(trace, fd) == 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (model_read(path, &model, &why))
		fprintf(stderr, "%s\n", why);
	assert(model);
	close(fd);
	return model;
}

void court_judge(struct court *court, const struct trace *first, const struct trace *second)
{
	memset(court, 0, sizeof(*court));
	court->session.n_models = second ? 2 : 1;
	court->session.models = calloc(2, sizeof(struct model *));
	assert(court->session.models);
	court->session.models[0] = court_read(first);
	if (second)
		court->session.models[1] = court_read(second);
	court->verdict = judge(&court->session);
}

void court_adjourn(struct court *court)
{
	verdict_free(court->verdict);
	for (uint32_t i = 0; i < court->session.n_models; i++)
		model_free(court->session.models[i]);
	free(court->session.models);
}

void court_expect(const struct court *court, const char *findings)
{
	char got[4096] = "", *end = got;

	for (uint32_t i = 0; i < court->verdict->n_findings; i++) {
		const struct finding *finding = &court->verdict->findings[i];

		end += snprintf(end, (size_t)(got + sizeof(got) - end), "%s %s %s\n", rule_name(finding->rule),
				class_name(finding->class), severity_name(finding->severity));
		assert(end < got + sizeof(got));
		assert(finding->why && *finding->why);
	}
	if (strcmp(got, findings) == 0)
		return;
	fprintf(stderr, "expected:\n%sgot:\n%s", findings, got);
	abort();
}

void court_settle(struct trace *trace, const char *findings)
{
	struct court court;

	court_judge(&court, trace, NULL);
	court_expect(&court, findings);
	court_adjourn(&court);
	trace_free(trace);
}

struct trace *court_full_trace(void)
{
	enum { SECOND = 2, THIRD = 3 };
	static const char *const argv[] = {"bank", "--fast"};
	static const uint64_t pcs[] = {0x401000, 0x402000};
	struct trace *trace = trace_new(100);
	struct record_held held[2] = {{.object = 1, .stack = 1}, {.object = 2, .stack = 1, .mode = MODE_READ}};
	struct trace_want wants[2];
	struct live_slot *slot;
	struct live_hold holds[2] = {{.address = trace_address(1), .stack = 1, .kind = OBJECT_MUTEX},
				     {.address = 0x99, .kind = OBJECT_MUTEX, .mode = MODE_INHERITED}};

	trace_process(trace, "/usr/bin/bank", 2, argv);
	trace_module(trace, "/usr/bin/bank", 0x400000, 0x500000);
	trace_stack(trace, 2, pcs);
	trace_signals(trace, (struct record_signals){.stack = 1, .n_in_handler = 1, .signal = 14, .open_signals = 1});
	trace_signals(trace, (struct record_signals){.stack = 1, .open_signals = 2});
	trace_mutex(trace);
	trace_rwlock(trace);
	trace_thread(trace, MAIN_THREAD, 3);
	trace_thread(trace, MAIN_THREAD, 4);
	trace_end_of(trace, SECOND);
	trace_thread_name(trace, SECOND, "teller");
	trace_lock_name(trace, 1, "ledger");
	trace_lock_order(trace, 2, 1);
	trace_edge(trace, EDGE_JOIN, SECOND, 1, MAIN_THREAD, 5);
	trace_dep(trace, &(struct trace_want){
				 .thread = SECOND, .segment = 7, .object = 2, .stack = 1, .n_held = 1, .held = held});
	trace_dep(trace, &(struct trace_want){.thread = MAIN_THREAD,
					      .op = OP_WAIT,
					      .object = 3,
					      .mode = MODE_TOKEN,
					      .n_held = 2,
					      .held = held});
	wants[0] = (struct trace_want){.thread = SECOND,
				       .object = 2,
				       .kind = OBJECT_RWLOCK,
				       .stack = 1,
				       .n_held = 1,
				       .held = held,
				       .since_ns = 5};
	wants[1] =
		(struct trace_want){.thread = THIRD, .object = 1, .kind = OBJECT_MUTEX, .n_held = 1, .held = held + 1};
	trace_stuck(trace, wants, 2);
	trace_event(trace, EVENT_EXIT_HELD, SECOND, 1, 0);
	trace_steer(trace, STEER_IN_VAIN, SECOND, 7, 1);
	trace_operation(trace, SECOND, (struct full_record){.op = FULL_ACQUIRE, .object = 1, .stack = 1, .sequence = 1});
	trace_operation(trace, SECOND, (struct full_record){.op = FULL_SEGMENT, .sequence = 7});
	trace_operation(trace, THIRD, (struct full_record){.op = FULL_ACQUIRE, .mode = MODE_READ, .object = 2});
	trace_operation(trace, THIRD, (struct full_record){.op = FULL_RELEASE, .object = 2});
	trace_operation(trace, SECOND, (struct full_record){.op = FULL_RELEASE, .object = 1, .sequence = 1});
	trace_operation(trace, SECOND, (struct full_record){.op = FULL_END});
	trace_thread_end(trace, SECOND, 8);
	trace_object_end(trace, 2);
	trace_file(trace, 1, "/dev/shm/bank", 64);
	trace_fork(trace, &(struct trace_header){.pid = 99, .start_monotonic_ns = 3}, SECOND, 4);
	slot = trace_slot(trace, SECOND, SLOT_ALIVE, 2, holds);
	trace_slot_waits(slot, OBJECT_MUTEX, trace_address(1), MODE_WRITE, 0);
	slot->want_stack = 1;
	trace_slot(trace, THIRD, SLOT_ENDED, 1, holds);
	trace_header(trace)->lost[LOST_UNWIND] = 3;
	trace_header(trace)->caps[CAP_CONTEXTS] = 4;
	return trace;
}

struct trace *court_story(uint32_t n_locks, uint32_t n_threads)
{
	struct trace *trace = trace_new(1);

	for (uint32_t i = 0; i < n_locks; i++)
		trace_mutex(trace);
	for (uint32_t i = 0; i < n_threads; i++)
		trace_thread(trace, MAIN_THREAD, 0);
	return trace;
}

void court_takes(struct trace *trace, struct taking taking)
{
	uint32_t place = 2 * (taking.place ? taking.place : taking.holds * 64 + taking.wants), n = 0;
	struct record_held held[2];

	if (taking.gate)
		held[n++] = (struct record_held){.object = taking.gate, .stack = 1, .mode = taking.gate_mode};
	if (taking.holds)
		held[n++] = (struct record_held){
			.object = taking.holds, .stack = trace_site(trace, place), .mode = taking.held_mode};
	trace_dep(trace, &(struct trace_want){
				 .thread = taking.thread,
				 .segment = taking.segment,
				 .op = taking.want_mode == MODE_TOKEN ? OP_WAIT : OP_ACQUIRE,
				 .object = taking.wants,
				 .mode = taking.want_mode,
				 .flags = taking.flags,
				 .stack = trace_site(trace, place + 1),
				 .n_held = n,
				 .held = held,
			 });
}

void court_nests(struct trace *trace, uint32_t thread, uint32_t segment, uint32_t holds, uint32_t wants)
{
	court_takes(trace, (struct taking){.thread = thread, .segment = segment, .holds = holds, .wants = wants});
}

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

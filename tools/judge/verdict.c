/* SPDX-License-Identifier: MIT */
/* Judges a session: asks every rule, then puts the findings in order. */
#include "inquiry.h"

#include <inttypes.h>
#include <stdlib.h>

typedef void rule_fn(struct inquiry *inquiry);

static rule_fn *const rules[] = {
	rule_observed,
	rule_signal_handler,
	rule_self_deadlock,
	rule_orphaned_lock,
	rule_lock_order,
	rule_class_order,
	rule_read_behind_writer,
	rule_nested_monitor,
	rule_barrier_cycle,
	rule_lost_wakeup,
	rule_pool_starvation,
	rule_nobody_to_wake,
	rule_unlock_not_owner,
	rule_destroy_held,
	rule_exit_held,
	rule_fork_held,
	rule_dead_owner,
	rule_event_loop,
	rule_held_while_blocking,
	rule_declared_order,
	rule_unprotected_variable,
};

static const char *const cap_words[] = {
	[CAP_DEPS_PER_CONTEXT] = "dependencies of code that took very many different locks were counted, not kept",
	[CAP_CONTEXTS] = "calls came by paths that were too many to be told apart",
	[CAP_INITS_PER_SITE] = "locks were initialised by code that initialised very many: where is not known",
	[CAP_OBJECTS] = "locks were too many to be recorded",
	[CAP_THREADS] = "threads were too many at once to be recorded",
	[CAP_HOLDS] = "locks were too many to be held at once by one thread",
	[CAP_FILE] = "pieces of the recording had no room in the largest trace file",
	[CAP_FULL] = "times the budget of full recording (budget=MiB) was used up: what came later was recorded lightly",
	[CAP_CONTENTION] = "waits were for locks that were too many to be told apart in `snag report --contention`",
	[CAP_THREADS_PER_SITE] = "threads from a place that had made very many were recorded only if they did something new",
};

void inquiry_add_cap(struct inquiry *inquiry, char *sentence)
{
	inquiry->caps = grow_array(inquiry->caps, inquiry->n_caps + 1, sizeof(*inquiry->caps));
	inquiry->caps[inquiry->n_caps++] = sentence;
}

static void tell_recording_caps(struct inquiry *inquiry)
{
	const struct session *session = inquiry->session;

	for (uint32_t cap = 0; cap < TRACE_CAPS; cap++) {
		uint64_t n = 0;

		for (uint32_t m = 0; m < session->n_models; m++)
			n += session->models[m]->caps[cap];
		if (n)
			inquiry_add_cap(inquiry, pool_printf(inquiry->pool, "%" PRIu64 " %s", n, cap_words[cap]));
	}
}

static int compare_entries(const void *a, const void *b)
{
	const struct docket_entry *x = a, *y = b;

	if (x->finding.severity != y->finding.severity)
		return x->finding.severity < y->finding.severity ? -1 : 1;
	if (x->finding.class != y->finding.class)
		return x->finding.class < y->finding.class ? -1 : 1;
	if (x->finding.rule != y->finding.rule)
		return x->finding.rule < y->finding.rule ? -1 : 1;
	return (x->code > y->code) - (x->code < y->code);
}

static void take_findings(struct verdict *verdict, struct docket *docket)
{
	if (docket->n)
		qsort(docket->entries, docket->n, sizeof(*docket->entries), compare_entries);
	verdict->findings = pool_new_array(verdict->memory, struct finding, docket->n);
	verdict->n_findings = docket->n;
	for (uint32_t i = 0; i < docket->n; i++) {
		verdict->findings[i] = docket->entries[i].finding;
		verdict->findings[i].count = docket->entries[i].counts[docket->entries[i].finding.class];
	}
}

static void take_caps(struct verdict *verdict, const struct inquiry *inquiry)
{
	verdict->caps = pool_new_array(verdict->memory, char *, inquiry->n_caps);
	verdict->n_caps = inquiry->n_caps;
	for (uint32_t i = 0; i < inquiry->n_caps; i++)
		verdict->caps[i] = inquiry->caps[i];
}

struct verdict *judge(const struct session *session)
{
	struct pool *pool = pool_new();
	struct verdict *verdict = pool_alloc(pool, sizeof(*verdict));
	struct inquiry inquiry = {.session = session, .pool = pool};

	verdict->memory = pool;
	evidence_init(&inquiry.evidence, session);
	tell_recording_caps(&inquiry);
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		rules[i](&inquiry);
	take_findings(verdict, &inquiry.docket);
	take_caps(verdict, &inquiry);
	docket_deinit(&inquiry.docket);
	evidence_deinit(&inquiry.evidence);
	free(inquiry.caps);
	return verdict;
}

void verdict_free(struct verdict *verdict)
{
	if (verdict)
		pool_free(verdict->memory);
}

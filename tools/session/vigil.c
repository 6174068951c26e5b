/* SPDX-License-Identifier: MIT */
/* Looks now and then whether the program has come to a standstill. */
#include "vigil.h"

#include "../inspect/inspect.h"
#include "../inspect/kept.h"
#include "../trace/pool.h"
#include "analysis.h"
#include "complain.h"
#include "look.h"
#include "watched.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum {
	TICK_NS = 150000000, /* so long no wait begins or ends before it is worth a look */
	LEAST_PAUSE_NS = 500000000,
	SHARE = 100, /* of a processor: one in so many */
};

#define PATIENCE_NS 5000000000u /* so long nothing moves before it is told that it may be a hang */

static uint64_t now_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

int vigil_init(struct vigil *vigil, const struct session_dir *dir)
{
	struct itimerspec ticks = {.it_interval.tv_nsec = TICK_NS, .it_value.tv_nsec = TICK_NS};

	*vigil = (struct vigil){.dir = dir,
				.timer = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK),
				.quiet_since_ns = now_ns(CLOCK_MONOTONIC)};
	if (vigil->timer < 0)
		return -1;
	return timerfd_settime(vigil->timer, 0, &ticks, NULL);
}

void vigil_deinit(struct vigil *vigil)
{
	if (vigil->timer >= 0)
		close(vigil->timer);
	free(vigil->pids);
	unwatched_deinit(&vigil->unwatched);
}

/* ---- is there a reason to look? --------------------------------------------------------------------------------- */

/* What the live tables say of waits. */
struct census {
	uint64_t hash;
	uint32_t n_threads, n_waiting;
};

static void count_slot(void *context, const struct live_slot *slot)
{
	struct census *census = context;

	if (slot->state != SLOT_ALIVE)
		return;
	census->n_threads++;
	census->n_waiting += (slot->epoch & 1) && !(slot->want_flags & DEP_TIMED);
	census->hash = (census->hash ^ slot->tid ^ (uint64_t)slot->epoch << 32) * 0x9e3779b97f4a7c15u;
}

/* All threads that the shim knows wait, and have done so since the last time. */
static bool is_quiet(struct vigil *vigil)
{
	struct census census = {0};
	bool is_same;
	size_t n;
	char **traces = session_dir_traces(vigil->dir, &n);

	for (size_t i = 0; i < n; i++)
		trace_visit_slots(traces[i], count_slot, &census);
	traces_free(traces);
	is_same = census.hash == vigil->waits;
	vigil->is_known &= is_same;
	vigil->quiet_since_ns = is_same ? vigil->quiet_since_ns : now_ns(CLOCK_MONOTONIC);
	vigil->waits = census.hash;
	return is_same && census.n_threads && census.n_waiting == census.n_threads;
}

static bool is_time(struct vigil *vigil)
{
	uint64_t n_expired;

	if (read(vigil->timer, &n_expired, sizeof(n_expired)) < 0)
		return false;
	return (is_quiet(vigil) && !vigil->is_known) || now_ns(CLOCK_MONOTONIC) >= vigil->next_ns;
}

/* ---- looking ---------------------------------------------------------------------------------------------------- */

/* The session as it is now, without its past; shares all that its models have. */
struct present {
	struct session session;
	struct model *models; /* copies */
	struct verdict *verdict;
	struct report *report;
};

static void present_init(struct present *present, const struct session *session)
{
	*present = (struct present){.session = *session};
	present->models = zeroed_array(session->n_models, sizeof(*present->models));
	present->session.models = zeroed_array(session->n_models, sizeof(*present->session.models));
	for (uint32_t i = 0; i < session->n_models; i++) {
		present->models[i] = *session->models[i];
		present->session.models[i] = &present->models[i];
		inspect_forget_past(&present->models[i]);
	}
	present->verdict = judge(&present->session);
	present->report = report_new(&present->session, present->verdict);
}

static void present_deinit(struct present *present)
{
	report_free(present->report);
	verdict_free(present->verdict);
	free(present->session.models);
	free(present->models);
}

static bool has_pid(const struct vigil *vigil, uint32_t pid)
{
	for (size_t i = 0; i < vigil->n_pids; i++)
		if (vigil->pids[i] == pid)
			return true;
	return false;
}

static void add_pid(struct vigil *vigil, uint32_t pid)
{
	if (has_pid(vigil, pid))
		return;
	vigil->pids = grow_array(vigil->pids, vigil->n_pids + 1, sizeof(*vigil->pids));
	vigil->pids[vigil->n_pids++] = pid;
}

static bool is_hang(const struct finding *finding)
{
	return finding->severity == SEVERITY_ERROR && finding->class == CLASS_OBSERVED;
}

/* Is it so now, and worth a word before the program's end?  That all are asleep is when it has lasted. */
static bool is_told_now(const struct vigil *vigil, const struct finding *finding)
{
	if (is_hang(finding) || finding->rule == RULE_EVENT_LOOP_BLOCKED)
		return true;
	return finding->severity == SEVERITY_WARNING && finding->class == CLASS_OBSERVED &&
	       now_ns(CLOCK_MONOTONIC) - vigil->quiet_since_ns >= PATIENCE_NS;
}

/* Tells of what is new; true when there is a hang among it. */
static bool tell_new(struct vigil *vigil, struct sightings *sightings, const struct report *report, bool shows_all)
{
	bool has_new = false;

	for (uint32_t i = 0; i < report->verdict->n_findings; i++) {
		const struct finding *finding = &report->findings[i];

		if (!is_told_now(vigil, finding) || !sightings_tell(sightings, report, i, shows_all) || !is_hang(finding))
			continue;
		has_new = true;
		for (uint32_t k = 0; k < finding->n_parts; k++)
			add_pid(vigil, finding->parts[k].model->pid);
	}
	return has_new;
}

/* What only the kernel knew is not in the traces: for the report. */
static void keep_hung(const struct vigil *vigil, const struct session *session)
{
	struct model **hung = zeroed_array(session->n_models, sizeof(*hung));
	uint32_t n = 0;

	for (uint32_t i = 0; i < session->n_models; i++)
		if (has_pid(vigil, session->models[i]->pid))
			hung[n++] = session->models[i];
	if (kept_write(vigil->dir->path, hung, n))
		complain("%s/" KEPT_NAME ": %s", vigil->dir->path, strerror(errno));
	free(hung);
}

static struct stuck_process *list_hung(const struct vigil *vigil, const struct session *session,
				       struct sightings *sightings, size_t *ret_n)
{
	struct stuck_process *hung = zeroed_array(session->n_models, sizeof(*hung));

	*ret_n = 0;
	for (uint32_t i = 0; i < session->n_models; i++) {
		const struct model *model = session->models[i];

		if (has_pid(vigil, model->pid))
			hung[(*ret_n)++] = (struct stuck_process){
				(pid_t)model->pid, model->path[0] == '/' ? sightings_path(sightings, model->path) : NULL};
	}
	return hung;
}

struct stuck_process *vigil_look(struct vigil *vigil, struct sightings *sightings, pid_t child, bool shows_all,
				 size_t *ret_n)
{
	uint64_t began_ns = now_ns(CLOCK_THREAD_CPUTIME_ID), cost_ns;
	struct stuck_process *hung = NULL;
	struct session *session;
	struct present present;

	*ret_n = 0;
	if (!is_time(vigil))
		return NULL;
	session = look_at_run(child, vigil->dir->path);
	unwatched_look(&vigil->unwatched, child);
	present_init(&present, session);
	if (tell_new(vigil, sightings, present.report, shows_all)) {
		keep_hung(vigil, session);
		hung = list_hung(vigil, session, sightings, ret_n);
	}
	present_deinit(&present);
	session_free(session);
	vigil->is_known = true;
	cost_ns = SHARE * (now_ns(CLOCK_THREAD_CPUTIME_ID) - began_ns);
	vigil->next_ns = now_ns(CLOCK_MONOTONIC) + (cost_ns > LEAST_PAUSE_NS ? cost_ns : LEAST_PAUSE_NS);
	return hung;
}

void vigil_tell_all(struct vigil *vigil, struct sightings *sightings, pid_t child, bool shows_all)
{
	struct session *session = look_at_run(child, vigil->dir->path);
	struct text_output output;
	struct present present;

	present_init(&present, session);
	tell_new(vigil, sightings, present.report, shows_all);
	text_begin(&output, stderr);
	report_live(present.report, &output.page, shows_all, false);
	text_end(&output);
	present_deinit(&present);
	for (uint32_t i = 0; i < session->n_models; i++)
		add_pid(vigil, session->models[i]->pid);
	keep_hung(vigil, session);
	session_free(session);
}

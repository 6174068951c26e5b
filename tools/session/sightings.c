/* SPDX-License-Identifier: MIT */
/* Deadlocks at the moment they close.
 *
 * The headers of all traces are looked at, which costs next to nothing; a trace with a new deadlock is read, and only
 * what threads are stuck in is judged, because a person is waiting.
 */
#include "sightings.h"

#include "../trace/pool.h"
#include "analysis.h"
#include "complain.h"
#include "watched.h"

#include <stdlib.h>
#include <string.h>

void sightings_init(struct sightings *sightings, const struct session_dir *dir, bool is_silent)
{
	*sightings = (struct sightings){.dir = dir, .is_silent = is_silent};
}

void sightings_deinit(struct sightings *sightings)
{
	for (size_t i = 0; i < sightings->n_seen; i++)
		free(sightings->seen[i].path);
	free(sightings->seen);
	free(sightings->ids);
}

static struct seen_trace *seen_trace_of(struct sightings *sightings, const char *path)
{
	size_t n = sightings->n_seen;

	for (size_t i = 0; i < n; i++)
		if (strcmp(sightings->seen[i].path, path) == 0)
			return &sightings->seen[i];
	sightings->seen = grow_array(sightings->seen, n + 1, sizeof(*sightings->seen));
	sightings->seen[n] = (struct seen_trace){format_string("%s", path), 0};
	sightings->n_seen++;
	return &sightings->seen[n];
}

static bool is_told(const struct sightings *sightings, const char *id)
{
	for (size_t i = 0; i < sightings->n_ids; i++)
		if (memcmp(sightings->ids[i], id, FINDING_ID_SIZE) == 0)
			return true;
	return false;
}

bool sightings_tell(struct sightings *sightings, const struct report *report, uint32_t finding, bool shows_all)
{
	struct text_output output;

	if (is_told(sightings, report->ids[finding]))
		return false;
	if (!sightings->is_silent) {
		text_begin(&output, stderr);
		report_text_finding(report, &output.page, finding, shows_all);
		text_end(&output);
	}
	sightings->ids = grow_array(sightings->ids, sightings->n_ids + 1, sizeof(*sightings->ids));
	memcpy(sightings->ids[sightings->n_ids++], report->ids[finding], FINDING_ID_SIZE);
	return true;
}

const char *sightings_path(struct sightings *sightings, const char *path)
{
	return seen_trace_of(sightings, path)->path;
}

/* Tells what is new of one trace; false when it cannot be read. */
static bool look_at(struct sightings *sightings, char *path, bool shows_all)
{
	struct analysis analysis;
	struct session *session;
	char *why = NULL;

	if (session_read(&path, 1, &session, &why)) {
		free(why);
		return false;
	}
	session->models[0]->n_deps = 0;
	session->models[0]->n_events = 0;
	analysis_init_session(&analysis, session);
	for (uint32_t i = 0; i < analysis.report->verdict->n_findings; i++)
		sightings_tell(sightings, analysis.report, i, shows_all);
	analysis_deinit(&analysis);
	return true;
}

struct stuck_process *sightings_look(struct sightings *sightings, bool shows_all, size_t *ret_n)
{
	struct stuck_process *stuck = NULL;
	size_t n_traces, n = 0;
	char **traces = session_dir_traces(sightings->dir, &n_traces);
	struct trace_header header;

	for (size_t i = 0; i < n_traces; i++) {
		struct seen_trace *seen = seen_trace_of(sightings, traces[i]);

		if (!trace_header_read(traces[i], &header) || header.n_deadlocks <= seen->n_told)
			continue;
		seen->n_told = header.n_deadlocks;
		if (!sightings->is_silent && !look_at(sightings, seen->path, shows_all))
			continue;
		stuck = grow_array(stuck, n + 1, sizeof(*stuck));
		stuck[n++] = (struct stuck_process){(pid_t)header.pid, seen->path};
	}
	traces_free(traces);
	*ret_n = n;
	return stuck;
}

void sightings_mark(const struct sightings *sightings, struct report *report)
{
	for (uint32_t i = 0; i < report->verdict->n_findings; i++)
		report->is_told[i] = is_told(sightings, report->ids[i]);
}

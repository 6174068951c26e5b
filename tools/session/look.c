/* SPDX-License-Identifier: MIT */
/* Looks at processes, cores and the processes of sessions: what `snag ps` is asked for. */
#include "look.h"

#include "../inspect/inspect.h"
#include "../trace/pool.h"
#include "complain.h"
#include "core_file.h"
#include "session_dir.h"
#include "watched.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void add_model(struct look *look, struct model *model)
{
	struct session *session = look->session;

	session->models = grow_array(session->models, session->n_models + 1, sizeof(*session->models));
	session->models[session->n_models++] = model;
}

static void take_stacks(const struct look *look, struct model *model, pid_t pid)
{
	uint32_t n_failed;

	if (!look->takes_stacks)
		return;
	n_failed = inspect_stacks_of_process(model, pid);
	complain("process %d: threads were stopped for a moment, for their stacks", (int)pid);
	if (n_failed)
		complain("process %d: of %" PRIu32 " threads no stack could be taken", (int)pid, n_failed);
}

/* ---- processes -------------------------------------------------------------------------------------------------- */

/* A process to be looked at, together with all others. */
struct candidate {
	pid_t pid;
	char *trace;	/* it must be the writer of this trace; NULL: any will do */
	bool is_wanted; /* it is a mistake when it is not there */
};

struct candidates {
	struct candidate *at;
	size_t n;
};

/* Takes the candidate's trace. */
static void add_candidate(struct candidates *candidates, struct candidate candidate)
{
	for (size_t i = 0; i < candidates->n; i++)
		if (candidates->at[i].pid == candidate.pid) {
			free(candidate.trace);
			return;
		}
	candidates->at = grow_array(candidates->at, candidates->n + 1, sizeof(*candidates->at));
	candidates->at[candidates->n++] = candidate;
}

static void add_process(const struct look *look, struct candidates *candidates, pid_t pid)
{
	size_t n = 0;
	pid_t *tree = look->takes_trees ? inspect_tree(pid, &n) : NULL;

	add_candidate(candidates, (struct candidate){.pid = pid, .is_wanted = true});
	for (size_t i = 0; i < n; i++)
		add_candidate(candidates, (struct candidate){.pid = tree[i]});
	free(tree);
}

/* The writers of a session's traces: those that are alive are looked at. */
static int add_folder(struct candidates *candidates, const char *path)
{
	struct session_dir dir = {.path = realpath(path, NULL), .fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
	struct trace_header header;
	size_t n;
	char **traces;

	if (!dir.path || dir.fd < 0) {
		complain("%s: %s", path, strerror(errno));
		return EXIT_NO_VERDICT;
	}
	traces = session_dir_traces(&dir, &n);
	for (size_t i = 0; i < n; i++)
		if (trace_header_read(traces[i], &header))
			add_candidate(candidates, (struct candidate){.pid = (pid_t)header.pid,
								     .trace = format_string("%s", traces[i])});
	traces_free(traces);
	close(dir.fd);
	free(dir.path);
	return EXIT_CLEAN;
}

/* Takes the model of one, if it is the process that was meant. */
static int take_model(struct look *look, const struct candidate *candidate, struct inspection *inspection)
{
	struct model *model = inspection->model;

	if (model && (!candidate->trace || strcmp(model->path, candidate->trace) == 0)) {
		if (look->forgets_past)
			inspect_forget_past(model);
		take_stacks(look, model, candidate->pid);
		add_model(look, model);
		return EXIT_CLEAN;
	}
	if (!model && candidate->is_wanted)
		complain("%s", inspection->why);
	if (!model)
		free(inspection->why);
	model_free(model);
	return candidate->is_wanted ? EXIT_NO_VERDICT : EXIT_CLEAN;
}

/* ---- processes that have ended ---------------------------------------------------------------------------------- */

static bool waits_for_shared(const struct model *model)
{
	for (uint32_t i = 0; i < model->n_live; i++)
		if (model->live[i].is_waiting && model->live[i].wait.kind != OBJECT_FILE_LOCK &&
		    model->objects[model->live[i].wait.object].file)
			return true;
	return false;
}

static bool is_looked_at(const struct session *session, const char *trace)
{
	for (uint32_t i = 0; i < session->n_models; i++)
		if (strcmp(session->models[i]->path, trace) == 0)
			return true;
	return false;
}

static bool holds_shared(const struct model *model)
{
	for (uint32_t i = 0; i < model->n_live; i++)
		for (uint32_t k = 0; k < model->live[i].wait.n_held; k++)
			if (model->objects[model->live[i].wait.held[k].object].file)
				return true;
	return false;
}

static void add_ended(struct look *look, const char *trace)
{
	struct trace_header header;
	struct model *model;
	char *why;

	if (!trace_header_read(trace, &header) || !process_is_gone((pid_t)header.pid))
		return;
	if (model_read(trace, &model, &why)) {
		free(why);
		return;
	}
	if (!holds_shared(model)) {
		model_free(model);
		return;
	}
	inspect_end(model);
	if (look->forgets_past)
		inspect_forget_past(model);
	add_model(look, model);
}

static void add_ended_of(struct look *look, const char *folder)
{
	struct session_dir dir = {.path = realpath(folder, NULL),
				  .fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
	char **traces;
	size_t n;

	if (dir.path && dir.fd >= 0) {
		traces = session_dir_traces(&dir, &n);
		for (size_t i = 0; i < n; i++)
			if (!is_looked_at(look->session, traces[i]))
				add_ended(look, traces[i]);
		traces_free(traces);
	}
	if (dir.fd >= 0)
		close(dir.fd);
	free(dir.path);
}

/* Who waits for memory that is shared may wait for a process of its session that is gone. */
static void add_all_ended(struct look *look, uint32_t first)
{
	uint32_t n = look->session->n_models;

	for (uint32_t i = first; i < n; i++) {
		const struct model *model = look->session->models[i];
		const char *slash = model->path[0] == '/' ? strrchr(model->path, '/') : NULL;
		char *folder;

		if (!slash || !waits_for_shared(model))
			continue;
		folder = format_string("%.*s", (int)(slash - model->path), model->path);
		add_ended_of(look, folder);
		free(folder);
	}
}

/* ---- all of them ------------------------------------------------------------------------------------------------ */

/* All at one moment. */
static int look_at_processes(struct look *look, const struct candidates *candidates)
{
	struct inspection *inspections = zeroed_array(candidates->n, sizeof(*inspections));
	uint32_t n_before = look->session->n_models;
	int status = EXIT_CLEAN;

	for (size_t i = 0; i < candidates->n; i++)
		inspections[i].pid = candidates->at[i].pid;
	inspect_processes(inspections, candidates->n);
	for (size_t i = 0; i < candidates->n; i++)
		status |= take_model(look, &candidates->at[i], &inspections[i]);
	if (look->session->n_models > n_before)
		inspect_connect(look->session->models + n_before, look->session->n_models - n_before);
	add_all_ended(look, n_before);
	free(inspections);
	return status;
}

static void candidates_deinit(struct candidates *candidates)
{
	for (size_t i = 0; i < candidates->n; i++)
		free(candidates->at[i].trace);
	free(candidates->at);
}

/* ---- cores ------------------------------------------------------------------------------------------------------ */

static int add_core(struct look *look, const char *path, const char *exe)
{
	uint32_t n_failed;
	struct model *model;
	char *why;

	if (inspect_core(path, exe, &model, &why)) {
		complain("%s", why);
		free(why);
		return EXIT_NO_VERDICT;
	}
	if (look->forgets_past)
		inspect_forget_past(model);
	n_failed = look->takes_stacks ? inspect_stacks_of_core(model, path, exe) : 0;
	if (n_failed)
		complain("%s: of %" PRIu32 " threads no stack could be taken", path, n_failed);
	add_model(look, model);
	return EXIT_CLEAN;
}

static bool is_core(const char *path)
{
	char *program = NULL;
	bool is = core_file_read(path, &program);

	free(program);
	return is;
}

/* ---- the words of a command line -------------------------------------------------------------------------------- */

/* The first of the targets; returns an exit status, and in *ret_n how many words of them that took. */
static int add_target(struct look *look, struct candidates *candidates, char *const targets[], size_t n, size_t *ret_n)
{
	char *end;
	long pid = strtol(targets[0], &end, 10);
	struct stat st;

	*ret_n = 1;
	if (end != targets[0] && !*end && pid > 0 && pid <= INT32_MAX) {
		add_process(look, candidates, (pid_t)pid);
		return EXIT_CLEAN;
	}
	if (stat(targets[0], &st) == 0 && S_ISDIR(st.st_mode))
		return add_folder(candidates, targets[0]);
	if (is_core(targets[0])) {
		bool has_exe = n > 1 && stat(targets[1], &st) == 0 && S_ISREG(st.st_mode) && !is_core(targets[1]);

		*ret_n += has_exe;
		return add_core(look, targets[0], has_exe ? targets[1] : NULL);
	}
	complain("%s: neither a process number, nor a core, nor a session folder", targets[0]);
	return EXIT_USAGE;
}

static void name_program(struct session *session)
{
	const struct model *first = session->models[0];

	session->pid = first->pid;
	session->argv = zeroed_array(first->argc + 1, sizeof(*session->argv));
	for (uint32_t i = 0; i < first->argc; i++)
		session->argv[session->argc++] = format_string("%s", first->argv[i]);
}

int look_at(struct look *look, char *const targets[], size_t n)
{
	struct candidates candidates = {0};
	int status = EXIT_CLEAN;

	for (size_t i = 0, n_used; i < n && !status; i += n_used)
		status = add_target(look, &candidates, &targets[i], n - i, &n_used);
	if (!status)
		status = look_at_processes(look, &candidates);
	candidates_deinit(&candidates);
	if (!status && !look->session->n_models) {
		complain("%s: no process of this session is alive (`snag report` judges what was recorded)",
			 targets[0]);
		status = EXIT_NO_VERDICT;
	}
	if (!status)
		name_program(look->session);
	return status;
}

struct session *look_at_run(pid_t pid, const char *folder)
{
	struct look look = {.session = zeroed_array(1, sizeof(*look.session)), .takes_trees = true};
	struct candidates candidates = {0};

	add_process(&look, &candidates, pid);
	candidates.at[0].is_wanted = false;
	add_folder(&candidates, folder);
	look_at_processes(&look, &candidates);
	candidates_deinit(&candidates);
	session_sort(look.session);
	return look.session;
}

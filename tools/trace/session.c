/* SPDX-License-Identifier: MIT */
/* Reads the traces of a session: every PID.N.snag of its folders, and what `snag run` wrote about the command.
 *
 * session.json is {"argv": ["..."], "pid": N, "exit": {"code": N} or {"signal": N}, "end_monotonic_ns": N}; it may be
 * missing, and the last two are missing while the command runs.
 */
#include "model.h"
#include "pool.h"
#include "trials.h"

#include <dirent.h>
#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

void session_add_problem(struct session *session, char *problem)
{
	session->problems = grow_array(session->problems, session->n_problems + 1, sizeof(*session->problems));
	session->problems[session->n_problems++] = problem;
}

static void add_trace(struct session *session, const char *path)
{
	struct model *model;
	char *why = NULL;

	if (model_read(path, &model, &why)) {
		session_add_problem(session, why);
		return;
	}
	session->models = grow_array(session->models, session->n_models + 1, sizeof(*session->models));
	session->models[session->n_models++] = model;
}

static int is_trace(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name), suffix = strlen(TRACE_SUFFIX);

	return length > suffix && !strcmp(entry->d_name + length - suffix, TRACE_SUFFIX);
}

static void add_folder(struct session *session, const char *path)
{
	struct dirent **entries;
	int n = scandir(path, &entries, is_trace, alphasort);
	char *why, *trace;

	if (n < 0) {
		if (asprintf(&why, "%s: cannot be read: %s", path, strerror(errno)) >= 0)
			session_add_problem(session, why);
		return;
	}
	for (int i = 0; i < n; i++) {
		if (asprintf(&trace, "%s/%s", path, entries[i]->d_name) >= 0) {
			add_trace(session, trace);
			free(trace);
		}
		free(entries[i]);
	}
	free(entries);
}

static int compare_start(const void *a, const void *b)
{
	const struct model *x = *(struct model *const *)a, *y = *(struct model *const *)b;

	if (x->start_realtime_ns != y->start_realtime_ns)
		return x->start_realtime_ns < y->start_realtime_ns ? -1 : 1;
	return strcmp(x->path, y->path);
}

void session_sort(struct session *session)
{
	qsort(session->models, session->n_models, sizeof(*session->models), compare_start);
}

static void add_argument(struct session *session, const char *argument)
{
	session->argv = grow_array(session->argv, session->argc + 2, sizeof(*session->argv));
	session->argv[session->argc++] = strdup(argument);
	session->argv[session->argc] = NULL;
}

static void take_exit(struct session *session, struct json_object *exit)
{
	struct json_object *code, *signal;

	if (json_object_object_get_ex(exit, "code", &code)) {
		session->has_exit = true;
		session->exit_code = json_object_get_int(code);
	} else if (json_object_object_get_ex(exit, "signal", &signal)) {
		session->has_exit = true;
		session->exit_code = -1;
		session->exit_signal = json_object_get_int(signal);
	}
}

/* Takes what `snag run` wrote into the folder; of several folders the first that has it counts. */
static void read_command(struct session *session, const char *folder)
{
	struct json_object *command = NULL, *argv, *value;
	char *path;

	if (session->argc || asprintf(&path, "%s/session.json", folder) < 0)
		return;
	command = json_object_from_file(path);
	free(path);
	if (json_object_object_get_ex(command, "argv", &argv) && json_object_is_type(argv, json_type_array))
		for (size_t i = 0; i < json_object_array_length(argv); i++)
			add_argument(session, json_object_get_string(json_object_array_get_idx(argv, i)) ?: "");
	if (json_object_object_get_ex(command, "pid", &value))
		session->pid = (uint32_t)json_object_get_int64(value);
	if (json_object_object_get_ex(command, "exit", &value))
		take_exit(session, value);
	if (json_object_object_get_ex(command, "end_monotonic_ns", &value))
		session->end_monotonic_ns = json_object_get_uint64(value);
	json_object_put(command);
}

/* Nobody said what was run: the process that began first did. */
static void guess_command(struct session *session)
{
	const struct model *first = session->models[0];
	uint32_t n = session->argc ? 0 : first->argc;

	for (uint32_t i = 0; i < n; i++)
		add_argument(session, first->argv[i]);
	if (!session->pid)
		session->pid = first->pid;
}

static void read_path(struct session *session, const char *path)
{
	struct stat st;

	if (!stat(path, &st) && S_ISDIR(st.st_mode)) {
		add_folder(session, path);
		read_command(session, path);
		trials_read(session, path);
	} else {
		add_trace(session, path);
	}
}

struct session *session_collect(char *const paths[], size_t n_paths)
{
	struct session *session = zeroed_array(1, sizeof(*session));

	for (size_t i = 0; i < n_paths; i++)
		read_path(session, paths[i]);
	return session;
}

int session_complete(struct session *session, char *const paths[], size_t n_paths, char **ret_why)
{
	int n;

	if (!session->n_models) {
		n = session->n_problems ? asprintf(ret_why, "%s", session->problems[0])
					: asprintf(ret_why, "%s: no traces in it", n_paths ? paths[0] : ".");
		if (n < 0)
			*ret_why = NULL;
		session_free(session);
		return -1;
	}
	session_sort(session);
	guess_command(session);
	return 0;
}

int session_read(char *const paths[], size_t n_paths, struct session **ret_session, char **ret_why)
{
	struct session *session = session_collect(paths, n_paths);

	if (session_complete(session, paths, n_paths, ret_why))
		return -1;
	*ret_session = session;
	return 0;
}

void session_free(struct session *session)
{
	if (!session)
		return;
	for (uint32_t i = 0; i < session->n_models; i++)
		model_free(session->models[i]);
	for (uint32_t i = 0; i < session->argc; i++)
		free(session->argv[i]);
	for (uint32_t i = 0; i < session->n_problems; i++)
		free(session->problems[i]);
	trials_free(session->trials, session->n_trials);
	free(session->models);
	free(session->argv);
	free(session->problems);
	free(session);
}

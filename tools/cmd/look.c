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
	complain("process %d: threads that run or wait for locks were stopped for a moment, for their stacks", (int)pid);
	if (n_failed)
		complain("process %d: of %" PRIu32 " threads no stack could be taken", (int)pid, n_failed);
}

static int add_process(struct look *look, pid_t pid)
{
	struct model *model;
	char *why;

	if (inspect_process(pid, &model, &why)) {
		complain("%s", why);
		free(why);
		return EXIT_NO_VERDICT;
	}
	take_stacks(look, model, pid);
	add_model(look, model);
	return EXIT_CLEAN;
}

/* The process that writes a trace, if it is still alive: another one may have its number by now. */
static void add_writer(struct look *look, const char *trace)
{
	struct trace_header header;
	struct model *model;
	char *why;

	if (!trace_header_read(trace, &header))
		return;
	if (inspect_process((pid_t)header.pid, &model, &why)) {
		free(why);
		return;
	}
	if (strcmp(model->path, trace) != 0) {
		model_free(model);
		return;
	}
	take_stacks(look, model, (pid_t)header.pid);
	add_model(look, model);
}

/* The processes of a session that are still alive. */
static int add_folder(struct look *look, const char *path)
{
	struct session_dir dir = {.path = realpath(path, NULL), .fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
	uint32_t n_before = look->session->n_models;
	size_t n;
	char **traces;

	if (!dir.path || dir.fd < 0) {
		complain("%s: %s", path, strerror(errno));
		return EXIT_NO_VERDICT;
	}
	traces = session_dir_traces(&dir, &n);
	for (size_t i = 0; i < n; i++)
		add_writer(look, traces[i]);
	traces_free(traces);
	close(dir.fd);
	free(dir.path);
	if (look->session->n_models > n_before)
		return EXIT_CLEAN;
	complain("%s: no process of this session is alive (`snag report` judges what was recorded)", path);
	return EXIT_NO_VERDICT;
}

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

/* The first of the targets; returns an exit status, and in *ret_n how many words of them that took. */
static int add_target(struct look *look, char *const targets[], size_t n, size_t *ret_n)
{
	char *end;
	long pid = strtol(targets[0], &end, 10);
	struct stat st;

	*ret_n = 1;
	if (end != targets[0] && !*end && pid > 0 && pid <= INT32_MAX)
		return add_process(look, (pid_t)pid);
	if (stat(targets[0], &st) == 0 && S_ISDIR(st.st_mode))
		return add_folder(look, targets[0]);
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
	int status = EXIT_CLEAN;

	for (size_t i = 0, n_used; i < n && !status; i += n_used)
		status = add_target(look, &targets[i], n - i, &n_used);
	if (!status)
		name_program(look->session);
	return status;
}

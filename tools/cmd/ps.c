/* SPDX-License-Identifier: MIT */
/* snag ps: says what the threads of a process wait for, and whether they hang. */
#include "../inspect/inspect.h"
#include "../trace/pool.h"
#include "analysis.h"
#include "command.h"
#include "complain.h"
#include "core_file.h"
#include "session_dir.h"
#include "watched.h"

#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

struct options {
	const char *json_path; /* NULL: none; "-": standard output, instead of text */
	double watch_s;	       /* look again after so long; 0: once */
	bool shows_all;
	char **targets;
	size_t n_targets;
};

enum { KEY_JSON = 256, KEY_ALL };

static const struct argp_option option_table[] = {
	{"watch", 'w', "SECONDS", OPTION_ARG_OPTIONAL, "Look again and again (default: every 2 s)", 0},
	{"json", KEY_JSON, "FILE", 0, "Write the report as JSON; - is standard output", 0},
	{"all", KEY_ALL, NULL, 0, "Show every thread and frame", 0},
	{0},
};

static double parse_seconds(struct argp_state *state, const char *text)
{
	char *end;
	double seconds = strtod(text, &end);

	if (end == text || *end || !(seconds > 0 && seconds < 1e9))
		argp_error(state, "%s: not a number of seconds", text);
	return seconds;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case 'w':
		options->watch_s = argument ? parse_seconds(state, argument) : 2;
		return 0;
	case KEY_JSON:
		options->json_path = argument;
		return 0;
	case KEY_ALL:
		options->shows_all = true;
		return 0;
	case ARGP_KEY_ARGS:
		options->targets = &state->argv[state->next];
		options->n_targets = (size_t)(state->argc - state->next);
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "a process is missing");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = option_table,
	.parser = parse,
	.args_doc = "PID... | CORE [EXE] | DIR",
	.doc = "Say what the threads of a process wait for, who holds it, and whether they can ever go on. The process "
	       "is "
	       "only looked at, not stopped, and needs no preparation. CORE is a core file, and EXE its program if "
	       "that has moved. DIR is a session folder: all processes of it "
	       "that are alive."
	       "\vExit status: 0 when no thread hangs for certain, 66 when some do, 2 when that could not be judged "
	       "(no such "
	       "process, or not ours to look at), 64 for a mistake on the command line.",
};

/* ---- one look --------------------------------------------------------------------------------------------------- */

static void add_model(struct session *session, struct model *model)
{
	session->models = grow_array(session->models, session->n_models + 1, sizeof(*session->models));
	session->models[session->n_models++] = model;
}

static int add_process(struct session *session, pid_t pid)
{
	struct model *model;
	char *why;

	if (inspect_process(pid, &model, &why)) {
		complain("%s", why);
		free(why);
		return EXIT_NO_VERDICT;
	}
	add_model(session, model);
	return EXIT_CLEAN;
}

/* The process that writes a trace, if it is still alive: another one may have its number by now. */
static void add_writer(struct session *session, const char *trace)
{
	struct trace_header header;
	struct model *model;
	char *why;

	if (!trace_header_read(trace, &header))
		return;
	if (inspect_process((pid_t)header.pid, &model, &why))
		free(why);
	else if (strcmp(model->path, trace) == 0)
		add_model(session, model);
	else
		model_free(model);
}

/* The processes of a session that are still alive. */
static int add_folder(struct session *session, const char *path)
{
	struct session_dir dir = {.path = realpath(path, NULL), .fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
	uint32_t n_before = session->n_models;
	size_t n;
	char **traces;

	if (!dir.path || dir.fd < 0) {
		complain("%s: %s", path, strerror(errno));
		return EXIT_NO_VERDICT;
	}
	traces = session_dir_traces(&dir, &n);
	for (size_t i = 0; i < n; i++)
		add_writer(session, traces[i]);
	traces_free(traces);
	close(dir.fd);
	free(dir.path);
	if (session->n_models > n_before)
		return EXIT_CLEAN;
	complain("%s: no process of this session is alive (`snag report` judges what was recorded)", path);
	return EXIT_NO_VERDICT;
}

static int add_core(struct session *session, const char *path, const char *exe)
{
	struct model *model;
	char *why;

	if (inspect_core(path, exe, &model, &why)) {
		complain("%s", why);
		free(why);
		return EXIT_NO_VERDICT;
	}
	add_model(session, model);
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
static int add_target(struct session *session, char *const targets[], size_t n, size_t *ret_n)
{
	char *end;
	long pid = strtol(targets[0], &end, 10);
	struct stat st;

	*ret_n = 1;
	if (end != targets[0] && !*end && pid > 0 && pid <= INT32_MAX)
		return add_process(session, (pid_t)pid);
	if (stat(targets[0], &st) == 0 && S_ISDIR(st.st_mode))
		return add_folder(session, targets[0]);
	if (is_core(targets[0])) {
		bool has_exe = n > 1 && stat(targets[1], &st) == 0 && S_ISREG(st.st_mode) && !is_core(targets[1]);

		*ret_n += has_exe;
		return add_core(session, targets[0], has_exe ? targets[1] : NULL);
	}
	complain("%s: neither a process number, nor a core, nor a session folder", targets[0]);
	return EXIT_USAGE;
}

/* All that was asked for, looked at now; NULL with *ret_status when something of it cannot be looked at. */
static struct session *look(const struct options *options, int *ret_status)
{
	struct session *session = zeroed_array(1, sizeof(*session));
	const struct model *first;

	for (size_t i = 0, n; i < options->n_targets; i += n) {
		*ret_status = add_target(session, &options->targets[i], options->n_targets - i, &n);
		if (*ret_status) {
			session_free(session);
			return NULL;
		}
	}
	first = session->models[0];
	session->pid = first->pid;
	session->argv = zeroed_array(first->argc + 1, sizeof(*session->argv));
	for (uint32_t i = 0; i < first->argc; i++)
		session->argv[session->argc++] = format_string("%s", first->argv[i]);
	return session;
}

/* ---- printing --------------------------------------------------------------------------------------------------- */

static int print_json(const struct report *report, const char *path)
{
	FILE *out = strcmp(path, "-") == 0 ? stdout : fopen(path, "we");
	int r = out ? report_json(report, out) : -1;

	if (out && out != stdout && fclose(out))
		r = -1;
	if (r)
		complain("%s: %s", path, strerror(errno));
	return r;
}

static int print_text(const struct report *report, const struct options *options)
{
	struct text_output output;

	text_begin(&output, stdout);
	if (options->watch_s && output.page.has_color)
		fputs("\033[H\033[2J\033[3J", output.page.out);
	report_process(report, &output.page, options->shows_all);
	if (text_end(&output) == 0)
		return 0;
	complain("standard output: %s", strerror(errno));
	return -1;
}

static int look_and_print(const struct options *options)
{
	struct analysis analysis;
	struct session *session;
	int status, r;

	session = look(options, &status);
	if (!session)
		return status;
	analysis_init_session(&analysis, session);
	if (analysis.report->n[SEVERITY_ERROR])
		status = EXIT_FOUND;
	r = options->json_path ? print_json(analysis.report, options->json_path) : 0;
	if (!options->json_path || strcmp(options->json_path, "-") != 0)
		r |= print_text(analysis.report, options);
	analysis_deinit(&analysis);
	return r ? EXIT_NO_VERDICT : status;
}

int command_ps(int argc, char **argv)
{
	struct options options = {0};
	int status;

	argp_err_exit_status = EXIT_USAGE;
	argp_parse(&argp, argc, argv, 0, NULL, &options);
	for (;;) {
		struct timespec pause = {.tv_sec = (time_t)options.watch_s};

		status = look_and_print(&options);
		if (!options.watch_s || status == EXIT_NO_VERDICT || status == EXIT_USAGE)
			return status;
		pause.tv_nsec = (long)((options.watch_s - (double)pause.tv_sec) * 1e9);
		nanosleep(&pause, NULL);
	}
}

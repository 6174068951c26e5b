/* SPDX-License-Identifier: MIT */
/* snag run: runs a program under the shim, tells of deadlocks as they close, and reports at the end. */
#include "../inspect/kept.h"
#include "../session/analysis.h"
#include "../session/complain.h"
#include "../session/launch.h"
#include "../session/session_dir.h"
#include "../session/watch.h"
#include "arguments.h"
#include "command.h"
#include "delays.h"
#include "gdb.h"
#include "libtrace/trace_format.h"
#include "next.h"
#include "silencing.h"
#include "variable.h"

#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

struct options {
	const char *dir, *mode, *json_path, *watched, *place;
	double timeout_s;
	enum on_deadlock on_deadlock;
	int error_status; /* 0: findings do not change the exit status */
	bool shows_all;
	char *seed; /* of random delays; NULL: none */
	struct silencing silencing;
	char **command;
};

enum { KEY_MODE = 256, KEY_JSON, KEY_TIMEOUT, KEY_ON_DEADLOCK, KEY_ERROR_EXITCODE, KEY_ALL, KEY_PERTURB, KEY_WATCH, KEY_BREAK };

static const struct argp_option option_table[] = {
	{"output", 'o', "DIR", 0,
	 "Session folder (default " SESSION_DIR_DEFAULT "); an older session in it is replaced", 0},
	{"mode", KEY_MODE, "light|full", 0,
	 "What to record: each distinct lock order once (default), or every operation", 0},
	{"json", KEY_JSON, "FILE", 0, "Write the report as JSON too", 0},
	{"timeout", KEY_TIMEOUT, "SECONDS", 0, "End the program after this time, and say what it was waiting for", 0},
	{"on-deadlock", KEY_ON_DEADLOCK, "end|wait|gdb", 0,
	 "When a deadlock closes: end the program with SIGABRT (default), go on waiting, or attach GDB", 0},
	{"break", KEY_BREAK, "FUNCTION[@THREAD]", 0,
	 "Run the program in GDB, and stop when a thread comes to this function, or the one of this name (or number, or "
	 "/REGEX/); GDB's exit ends it, and `snag report` tells what was recorded",
	 0},
	{"watch", KEY_WATCH, "VARIABLE", 0,
	 "Look at every access to this variable of the program, and tell when no lock protects it", 0},
	{"error-exitcode", KEY_ERROR_EXITCODE, "N", 0,
	 "Exit status when there is an error among the findings (default 66; 0: the program's own)", 0},
	{"perturb", KEY_PERTURB, "SEED", OPTION_ARG_OPTIONAL,
	 "Delay threads at random where they take and give back locks, to see other orders: at those of the errors and "
	 "warnings that the session folder has of this command, or else at all; a seed delays at the same steps again",
	 0},
	{"all", KEY_ALL, NULL, 0, "Show notes too, and every thread and frame", 0},
	{0},
};

/* ---- the command line ------------------------------------------------------------------------------------------- */

static int parse_status(struct argp_state *state, const char *text)
{
	char *end;
	long status = strtol(text, &end, 10);

	if (end == text || *end || status < 0 || status > 255)
		argp_error(state, "%s: not an exit status (0 to 255)", text);
	return (int)status;
}

enum { SEEDS = 1 << 20 };

static uint32_t random_number(void)
{
	uint32_t number = (uint32_t)getpid();

	/* It may fail early in a machine's life. */
	(void)!getrandom(&number, sizeof(number), GRND_NONBLOCK);
	return number;
}

/* Any seed will do when none is given. */
static char *parse_seed(struct argp_state *state, const char *text)
{
	char *end = NULL;
	unsigned long seed = text ? strtoul(text, &end, 10) : random_number() % (SEEDS - 1) + 1;

	if (text && (end == text || *end || seed == 0 || seed >= SEEDS))
		argp_error(state, "%s: not a seed (1 to %d)", text, SEEDS - 1);
	return format_string("%lu", seed);
}

static enum on_deadlock parse_on_deadlock(struct argp_state *state, const char *text)
{
	static const char *const names[] = {"end", "wait", "gdb"};
	enum on_deadlock on_deadlock = parse_choice(state, names, 3, text);

	if (on_deadlock == DEADLOCK_GDB && !isatty(STDIN_FILENO))
		argp_error(state, "--on-deadlock gdb: standard input is not a terminal");
	return on_deadlock;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->silencing;
		return 0;
	case ARGP_KEY_END:
		if (options->silencing.generated && strcmp(options->silencing.generated, "-") == 0)
			argp_error(state, "--gen-suppressions -: standard output is the program's");
		return 0;
	case 'o':
		options->dir = argument;
		return 0;
	case KEY_MODE:
		options->mode = parse_mode(state, argument);
		return 0;
	case KEY_JSON:
		if (strcmp(argument, "-") == 0)
			argp_error(state, "--json -: standard output is the program's");
		options->json_path = argument;
		return 0;
	case KEY_TIMEOUT:
		options->timeout_s = parse_seconds(state, argument);
		return 0;
	case KEY_ON_DEADLOCK:
		options->on_deadlock = parse_on_deadlock(state, argument);
		return 0;
	case KEY_BREAK:
		options->place = argument;
		return 0;
	case KEY_WATCH:
		options->watched = argument;
		return 0;
	case KEY_ERROR_EXITCODE:
		options->error_status = parse_status(state, argument);
		return 0;
	case KEY_ALL:
		options->shows_all = true;
		return 0;
	case KEY_PERTURB:
		options->seed = parse_seed(state, argument);
		return 0;
	case ARGP_KEY_ARG:
		options->command = &state->argv[state->next - 1];
		state->next = state->argc;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "a command is missing");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp_child children[] = {{&silencing_argp, 0, NULL, 0}, {0}};

static const struct argp argp = {
	.options = option_table,
	.parser = parse,
	.children = children,
	.args_doc = "-- COMMAND [ARGUMENT...]",
	.doc = "Run a program, tell of deadlocks the moment they close, and report at its end what deadlocked or can. "
	       "The report "
	       "goes to standard error; the program's input and output are left alone."
	       "\vExit status: the program's own (128+N when signal N ended it), unless there is an error among the "
	       "findings: then 66. 124 when --timeout ended the program and no cause was found, 125 when Snag failed, "
	       "126 "
	       "when the program cannot be executed, 127 when it is not there.",
};

/* ---- the run ---------------------------------------------------------------------------------------------------- */

/* All that lives from the program's start to the report. */
struct run {
	struct options options;
	FILE *json;
	char *schedule; /* where threads are delayed; NULL: not at all */
	struct watch watch;
};

/* -1: there is no such variable that can be watched. */
static int find_watched(struct run *run)
{
	struct variable variable;
	const char *why = variable_find(run->options.command[0], run->options.watched, &variable);

	if (why) {
		complain("%s: --watch %s: %s", run->options.command[0], run->options.watched, why);
		return -1;
	}
	run->watch.variable = format_string("%" PRIu64 ",%" PRIu64 ",%" PRIu64, variable.address, variable.size, variable.inode);
	return 0;
}

static void tell_where(const struct options *options, uint32_t n_findings)
{
	char *where = n_findings ? format_string("at the locks of %" PRIu32 " finding%s in %s", n_findings,
						 n_findings > 1 ? "s" : "", options->dir)
				 : format_string("at all locks");

	complain("threads are delayed at random, %s; --perturb=%s does it in the same way", where, options->seed);
	free(where);
}

/* What the folder's older session knows goes with it. */
static int take_folder(struct run *run)
{
	const struct options *options = &run->options;
	struct delays delays = {0};
	char *why = NULL;
	int r;

	if (options->seed)
		delays_find(&delays, options->dir, options->command, options->seed);
	r = session_dir_init(&run->watch.dir, options->dir, &why);
	if (!r && options->seed) {
		run->schedule = delays_keep(&delays, &run->watch.dir);
		r = run->schedule ? 0 : -1;
		if (r)
			why = format_string("%s: %s", options->dir, strerror(errno));
		else
			tell_where(options, delays.n_findings);
	}
	if (r)
		complain("%s", why);
	free(why);
	delays_deinit(&delays);
	return r;
}

/* What can fail is tried before the program starts: it may run for hours. */
static int run_init(struct run *run)
{
	if (silencing_read(&run->options.silencing) || (run->options.watched && find_watched(run)) || take_folder(run))
		return -1;
	/* They may be in the folder. */
	if (silencing_open(&run->options.silencing))
		return -1;
	if (run->options.json_path && !(run->json = fopen(run->options.json_path, "we"))) {
		complain("%s: %s", run->options.json_path, strerror(errno));
		return -1;
	}
	return 0;
}

static int program_status(const struct program_end *end)
{
	return end->code >= 0 ? end->code : EXIT_SIGNALLED + end->signal;
}

static void write_json(const struct run *run, const struct report *report)
{
	if (run->json && report_json(report, run->json))
		complain("%s: %s", run->options.json_path, strerror(errno));
}

/* A run of which nothing was recorded: an empty session that says why. */
static struct session *empty_session(const struct run *run, const char *why)
{
	struct session *session = grow_array(NULL, 1, sizeof(*session));

	*session = (struct session){.pid = (uint32_t)run->watch.supervision.child, .has_exit = true};
	session->exit_code = run->watch.supervision.end.code;
	session->exit_signal = run->watch.supervision.end.signal;
	for (char **word = run->options.command; *word; word++) {
		session->argv = grow_array(session->argv, session->argc + 1, sizeof(*session->argv));
		session->argv[session->argc++] = format_string("%s", *word);
	}
	session_add_problem(session, format_string("%s", why));
	return session;
}

static bool is_recorded(const struct run *run)
{
	size_t n_traces;

	traces_free(session_dir_traces(&run->watch.dir, &n_traces));
	return n_traces;
}

/* Whether the beginning of a recording finds room there: the header and the first chunks, which are reserved at once. */
static bool has_room(const char *folder)
{
	const uint64_t least = TRACE_HEADER_SIZE + 4 * TRACE_CHUNK_SIZE;
	struct rlimit limit;
	struct statvfs disk;

	if (!getrlimit(RLIMIT_FSIZE, &limit) && limit.rlim_cur < least)
		return false;
	return statvfs(folder, &disk) || (uint64_t)disk.f_bavail * disk.f_frsize >= least;
}

static const char *why_unrecorded(const struct run *run)
{
	if (run->watch.obstacle)
		return run->watch.obstacle;
	if (!has_room(run->watch.dir.path))
		return "there is no room for its recording (another folder: -o DIR)";
	return "the loader did not let libtrace.so into it";
}

/* Nothing was recorded, or nothing of it can be read: then `unreadable` says why.  A hang was seen from outside all the same. */
static struct session *unrecorded_session(const struct run *run, const char *unreadable)
{
	char *why = format_string("%s was not watched: %s", run->options.command[0], unreadable ?: why_unrecorded(run));
	struct session *session;

	if (!run->watch.obstacle)
		complain("%s", why);
	session = empty_session(run, why);
	kept_read(session, run->watch.dir.path);
	free(why);
	return session;
}

/* Judges and reports; returns how many errors there are. */
static uint32_t report(struct run *run)
{
	struct text_output output;
	struct analysis analysis;
	char *why = NULL;
	uint32_t n_errors;

	if (!is_recorded(run) || analysis_init(&analysis, &run->watch.dir.path, 1, &why))
		analysis_init_session(&analysis, unrecorded_session(run, why));
	free(why);
	sightings_mark(&run->watch.supervision.sightings, analysis.report);
	silencing_apply(&run->options.silencing, analysis.report);
	if (analysis.session->n_models) {
		text_begin(&output, stderr);
		if (run->watch.supervision.end.signal == SIGINT && isatty(STDERR_FILENO))
			page_blank(&output.page); /* the terminal shows ^C */
		report_text(analysis.report, &output.page, run->options.shows_all);
		next_tell(analysis.report, &output.page, run->options.dir);
		text_end(&output);
	}
	write_json(run, analysis.report);
	silencing_write(&run->options.silencing, analysis.report, run->options.shows_all);
	n_errors = analysis.report->n[SEVERITY_ERROR];
	analysis_deinit(&analysis);
	return n_errors;
}

/* What keeps the shim out, or cannot stand it; of the command itself it was said when it began. */
static void tell_limits(const struct run *run)
{
	const struct supervision *supervision = &run->watch.supervision;

	if (run->watch.obstacle)
		return;
	unwatched_tell(&supervision->vigil.unwatched);
	if (program_status(&supervision->end) == EXIT_SIGNALLED + SIGSYS)
		complain("%s was killed by a filter of system calls (seccomp), perhaps for one of the shim's own",
			 run->options.command[0]);
}

/* The program has ended. */
static int conclude(struct run *run)
{
	const struct supervision *supervision = &run->watch.supervision;
	uint32_t n_errors = report(run);

	tell_limits(run);
	if (n_errors && run->options.error_status)
		return run->options.error_status;
	return supervision->has_timed_out ? EXIT_TIMED_OUT : program_status(&supervision->end);
}

static int run_with_shim(void *context, const char *shim)
{
	struct run *run = context;
	struct watch *watch = &run->watch;
	int status;

	if (run_init(run))
		return EXIT_SNAG_FAILED;
	watch->obstacle = launch_obstacle(watch->command[0], &watch->is_foreign);
	if (watch->obstacle)
		complain("%s: cannot be watched: %s; running it anyway", watch->command[0], watch->obstacle);
	watch->schedule = run->schedule;
	status = watch_program(watch, shim);
	if (!status)
		status = conclude(run);
	watch_deinit(watch);
	return status;
}

int command_run(int argc, char **argv)
{
	struct run run = {.options = {.dir = SESSION_DIR_DEFAULT, .mode = "light", .error_status = EXIT_FOUND},
			  .watch.dir.fd = -1};
	int status;

	argp_err_exit_status = EXIT_SNAG_FAILED;
	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &run.options);
	if (run.options.place)
		return gdb_run_to(run.options.place, run.options.dir, run.options.mode, run.options.command);
	run.watch.command = run.options.command;
	run.watch.mode = run.options.mode;
	run.watch.seed = run.options.seed;
	run.watch.supervision.on_deadlock = run.options.on_deadlock;
	run.watch.supervision.timeout_s = run.options.timeout_s;
	run.watch.supervision.shows_all = run.options.shows_all;
	status = watch_with_shim(run_with_shim, &run);
	if (run.json && fclose(run.json) && status != EXIT_SNAG_FAILED)
		complain("%s: %s", run.options.json_path, strerror(errno));
	silencing_deinit(&run.options.silencing);
	free(run.options.seed);
	free(run.schedule);
	free(run.watch.variable);
	session_dir_deinit(&run.watch.dir);
	return status;
}

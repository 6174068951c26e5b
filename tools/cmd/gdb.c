/* SPDX-License-Identifier: MIT */
/* snag gdb: GDB with Snag's scripts in it, on a command under the shim, a live process, or a core file. */
#include "gdb.h"

#include "../report/shell.h"
#include "../trace/pool.h"
#include "command.h"
#include "complain.h"
#include "core_file.h"
#include "launch.h"
#include "locate.h"
#include "preload.h"
#include "session_dir.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* GDB's command line while it grows. */
struct arguments {
	char **at; /* NULL-terminated, each from malloc */
	size_t n;
};

static void add(struct arguments *arguments, char *text)
{
	arguments->at = grow_array(arguments->at, arguments->n + 2, sizeof(*arguments->at));
	arguments->at[arguments->n++] = text;
	arguments->at[arguments->n] = NULL;
}

static void add_copy(struct arguments *arguments, const char *text)
{
	add(arguments, format_string("%s", text));
}

static void arguments_deinit(struct arguments *arguments)
{
	for (size_t i = 0; i < arguments->n; i++)
		free(arguments->at[i]);
	free(arguments->at);
}

/* Begins a command line: GDB and our scripts.  -1 when the scripts are not there. */
static int begin(struct arguments *arguments)
{
	const char *gdb = getenv("SNAG_GDB");
	char *script = locate_gdb_script();

	if (!script) {
		complain("snag-gdb.py: not found, neither beside this program nor in %s", SNAG_PREFIX "/" SNAG_SCRIPTS_DIR);
		return -1;
	}
	*arguments = (struct arguments){0};
	add_copy(arguments, gdb && *gdb ? gdb : "gdb");
	add_copy(arguments, "-q");
	add_copy(arguments, "-ex");
	add(arguments, format_string("source %s", script));
	free(script);
	return 0;
}

static int execute(const struct arguments *arguments)
{
	int error;

	execvp(arguments->at[0], arguments->at);
	error = errno;
	complain("%s: %s", arguments->at[0], strerror(error));
	return error == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_EXECUTE;
}

void gdb_attach(pid_t pid, const struct signals *signals)
{
	struct arguments arguments;
	pid_t gdb;

	if (begin(&arguments))
		return;
	add_copy(&arguments, "-p");
	add(&arguments, format_string("%d", (int)pid));
	add_copy(&arguments, "-ex");
	add_copy(&arguments, "snag deadlock");
	gdb = fork();
	if (gdb == 0) {
		signals_restore(signals);
		_exit(execute(&arguments));
	}
	while (gdb > 0 && waitpid(gdb, NULL, 0) < 0 && errno == EINTR)
		;
	arguments_deinit(&arguments);
}

/* ---- the command ------------------------------------------------------------------------------------------------ */

struct options {
	const char *dir, *mode;
	const char *pid;
	char **words;	 /* CMD, or CORE [EXE] */
	bool is_command; /* words came after -- */
	bool goes_on;
	const char *place; /* where a command is to run to: FUNCTION[@THREAD]; NULL: it is not run yet */
};

enum { KEY_MODE = 256 };

static const struct argp_option option_table[] = {
	{"output", 'o', "DIR", 0, "Session folder for the shim's recording (default " SESSION_DIR_DEFAULT ")", 0},
	{"mode", KEY_MODE, "light|full", 0,
	 "What the shim is to record: each distinct lock order once (default), or every operation (`snag history`)", 0},
	{"pid", 'p', "PID", 0, "Attach to this process", 0},
	{"continue", 'c', NULL, 0, "Let the process that is attached to go on at once, and end with it", 0},
	{0},
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case 'o':
		options->dir = argument;
		return 0;
	case KEY_MODE:
		options->mode = argument;
		if (strcmp(argument, "light") != 0 && strcmp(argument, "full") != 0)
			argp_error(state, "%s: no such choice", argument);
		return 0;
	case 'p':
		options->pid = argument;
		return 0;
	case 'c':
		options->goes_on = true;
		return 0;
	case ARGP_KEY_ARG:
		options->words = &state->argv[state->next - 1];
		options->is_command = state->quoted && state->next - 1 >= state->quoted;
		state->next = state->argc;
		return 0;
	case ARGP_KEY_END:
		if (!options->words == !options->pid)
			argp_error(state, "give one of a command, -p PID, or a core file");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = option_table,
	.parser = parse,
	.args_doc = "-- COMMAND [ARGUMENT...]\n-p PID\nCORE [PROGRAM]",
	.doc = "Start GDB with Snag's commands for threads and locks; `help snag` in it lists them."
	       "\vA command is run under the shim, so that the commands know who took which lock where. SNAG_GDB in "
	       "the "
	       "environment names another GDB.\n\nExit status: GDB's own; 125 when Snag failed, 126 or 127 when GDB "
	       "could not be started.",
};

static void add_place(struct arguments *arguments, const char *place)
{
	const char *thread = strrchr(place, '@');

	add_copy(arguments, "-ex");
	add_copy(arguments, "set breakpoint pending on");
	add_copy(arguments, "-ex");
	if (thread)
		add(arguments, format_string("snag break %.*s --thread \"%s\"", (int)(thread - place), place, thread + 1));
	else
		add(arguments, format_string("break %s", place));
	add_copy(arguments, "-ex");
	add_copy(arguments, "run");
}

static void add_wrapper(struct arguments *arguments, const struct launch *launch)
{
	char *preload = shell_word(launch->preload), *recording = shell_word(launch->options);

	add_copy(arguments, "-ex");
	add(arguments, format_string("set exec-wrapper env LD_PRELOAD=%s SNAG_OPTIONS=%s", preload, recording));
	free(preload);
	free(recording);
}

/* Only the program gets the shim: neither GDB nor the shell between them. */
static int add_command(struct arguments *arguments, const struct options *options)
{
	char *shim = locate_shim(), *why = NULL, *path, *obstacle;
	struct session_dir dir;
	struct launch launch;
	bool is_foreign;

	if (!shim) {
		complain("libtrace.so: not found, neither beside this program nor in %s", SNAG_PREFIX "/" SNAG_SHIM_DIR);
		return -1;
	}
	if (session_dir_init(&dir, options->dir, &why)) {
		complain("%s", why);
		free(why);
		free(shim);
		return -1;
	}
	/* GDB takes this process's place: a link, if there must be one, stays. */
	path = preload_path(shim);
	obstacle = launch_obstacle(options->words[0], &is_foreign);
	if (obstacle)
		complain("%s: cannot be watched: %s", options->words[0], obstacle);
	launch_init(&launch, options->words, is_foreign ? NULL : path ? path : shim, dir.path, options->mode);
	free(obstacle);
	free(path);
	if (launch.preload)
		add_wrapper(arguments, &launch);
	if (options->place)
		add_place(arguments, options->place);
	add_copy(arguments, "--args");
	for (char **word = options->words; *word; word++)
		add_copy(arguments, *word);
	free(shim);
	launch_deinit(&launch);
	session_dir_deinit(&dir);
	return 0;
}

/* `program` is what the core says, and may be NULL; what the user says is better. */
static void add_core(struct arguments *arguments, const struct options *options, const char *program)
{
	if (options->words[1])
		program = options->words[1];
	if (program) {
		add_copy(arguments, "-se");
		add_copy(arguments, program);
	}
	add_copy(arguments, "-c");
	add_copy(arguments, options->words[0]);
}

static int add_target(struct arguments *arguments, const struct options *options)
{
	char *program = NULL;

	if (options->pid) {
		add_copy(arguments, "-p");
		add_copy(arguments, options->pid);
		if (options->goes_on) {
			add_copy(arguments, "-ex");
			add_copy(arguments, "python gdb.events.exited.connect(lambda _: gdb.post_event(lambda: "
					    "gdb.execute('quit')))");
			add_copy(arguments, "-ex");
			add_copy(arguments, "continue");
		}
		return 0;
	}
	if (options->is_command || !core_file_read(options->words[0], &program))
		return add_command(arguments, options);
	add_core(arguments, options, program);
	free(program);
	return 0;
}

static int become(const struct options *options)
{
	struct arguments arguments;
	int status = EXIT_SNAG_FAILED;

	if (begin(&arguments))
		return EXIT_SNAG_FAILED;
	if (add_target(&arguments, options) == 0)
		status = execute(&arguments);
	arguments_deinit(&arguments);
	return status;
}

int gdb_run_to(const char *place, const char *dir, const char *mode, char **command)
{
	struct options options = {.dir = dir, .mode = mode, .words = command, .is_command = true, .place = place};

	return become(&options);
}

int command_gdb(int argc, char **argv)
{
	struct options options = {.dir = SESSION_DIR_DEFAULT, .mode = "light"};

	argp_err_exit_status = EXIT_SNAG_FAILED;
	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &options);
	return become(&options);
}

/* SPDX-License-Identifier: MIT */
/* snag gdb: GDB with Snag's scripts in it, on a command under the shim, a live process, or a core file. */
#include "gdb.h"

#include "../report/shell.h"
#include "../session/complain.h"
#include "../session/core_file.h"
#include "../session/debugger.h"
#include "../session/launch.h"
#include "../session/locate.h"
#include "../session/preload.h"
#include "../session/session_dir.h"
#include "arguments.h"
#include "command.h"

#include <argp.h>
#include <stdlib.h>
#include <string.h>

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
		options->mode = parse_mode(state, argument);
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

static void add_place(struct debugger *debugger, const char *place)
{
	const char *thread = strrchr(place, '@');

	debugger_add_command(debugger, "set breakpoint pending on");
	if (thread)
		debugger_add_command(debugger, "snag break %.*s --thread \"%s\"", (int)(thread - place), place, thread + 1);
	else
		debugger_add_command(debugger, "break %s", place);
	debugger_add_command(debugger, "run");
}

static void add_wrapper(struct debugger *debugger, const struct launch *launch)
{
	char *preload = shell_word(launch->preload), *recording = shell_word(launch->options);

	debugger_add_command(debugger, "set exec-wrapper env LD_PRELOAD=%s SNAG_OPTIONS=%s", preload, recording);
	free(preload);
	free(recording);
}

/* Only the program gets the shim: neither GDB nor the shell between them. */
static int add_command(struct debugger *debugger, const struct options *options)
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
		add_wrapper(debugger, &launch);
	if (options->place)
		add_place(debugger, options->place);
	debugger_add(debugger, "--args");
	for (char **word = options->words; *word; word++)
		debugger_add(debugger, "%s", *word);
	free(shim);
	launch_deinit(&launch);
	session_dir_deinit(&dir);
	return 0;
}

/* `program` is what the core says, and may be NULL; what the user says is better. */
static void add_core(struct debugger *debugger, const struct options *options, const char *program)
{
	if (options->words[1])
		program = options->words[1];
	if (program) {
		debugger_add(debugger, "-se");
		debugger_add(debugger, "%s", program);
	}
	debugger_add(debugger, "-c");
	debugger_add(debugger, "%s", options->words[0]);
}

static int add_target(struct debugger *debugger, const struct options *options)
{
	char *program = NULL;

	if (options->pid) {
		debugger_add(debugger, "-p");
		debugger_add(debugger, "%s", options->pid);
		if (options->goes_on) {
			debugger_add_command(debugger, "python gdb.events.exited.connect(lambda _: gdb.post_event("
						       "lambda: gdb.execute('quit')))");
			debugger_add_command(debugger, "continue");
		}
		return 0;
	}
	if (options->is_command || !core_file_read(options->words[0], &program))
		return add_command(debugger, options);
	add_core(debugger, options, program);
	free(program);
	return 0;
}

static int become(const struct options *options)
{
	struct debugger debugger;
	int status = EXIT_SNAG_FAILED;

	if (debugger_init(&debugger))
		return EXIT_SNAG_FAILED;
	if (add_target(&debugger, options) == 0)
		status = debugger_execute(&debugger);
	debugger_deinit(&debugger);
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

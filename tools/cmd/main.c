/* SPDX-License-Identifier: MIT */
/* snag: the table of its subcommands. */
#include "../session/complain.h"
#include "command.h"

#include <argp.h>
#include <errno.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct command {
	const char *name, *arguments, *summary;
	int (*run)(int argc, char **argv);
};

static const struct command commands[] = {
	{"run", "[OPTION...] -- COMMAND", "run it, say where it can deadlock", command_run},
	{"report", "[OPTION...] [DIR|FILE...]", "judge recorded sessions again", command_report},
	{"merge", "-o FILE DIR|FILE...", "many runs into one graph of locks", command_merge},
	{"diff", "OLD [NEW]", "what is new since a baseline", command_diff},
	{"init-ci", "github | gitlab", "print a step for a CI server", command_init_ci},
	{"confirm", "[FINDING] [DIR] -- COMMAND", "make what can happen happen", command_confirm},
	{"ps", "PID... | CORE | DIR", "what threads wait for; do they hang?", command_ps},
	{"top", "PID... | DIR", "the same, again and again", command_top},
	{"explain", "[RULE|CLASS...]", "what a finding means, what to do", command_explain},
	{"gdb", "-- COMMAND | -p PID | CORE", "GDB with tables of threads and locks", command_gdb},
};

enum {
	N_COMMANDS = sizeof(commands) / sizeof(*commands),
	LONGEST = 33, /* a command's name and its arguments */
};

static void print_help(FILE *out)
{
	fputs("Usage: snag COMMAND [ARGUMENT...]\n"
	      "Finds deadlocks of threads in existing programs, without a rebuild.\n\n",
	      out);
	for (int i = 0; i < N_COMMANDS; i++)
		fprintf(out, "  snag %s %-*s  %s\n", commands[i].name, LONGEST - (int)strlen(commands[i].name),
			commands[i].arguments, commands[i].summary);
	fputs("\n`snag help COMMAND` says more.\n", out);
}

static const struct command *find_command(const char *name)
{
	for (int i = 0; i < N_COMMANDS; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static int run_command(const struct command *command, int argc, char **argv)
{
	if (access("/proc/self", F_OK))
		complain("/proc is not mounted: processes cannot be looked at, and files of programs have no names");
	argv[0] = format_string("snag %s", command->name);
	return command->run(argc, argv);
}

static int help(const char *name)
{
	char option[] = "--help", *argv[] = {NULL, option, NULL};
	const struct command *command = name ? find_command(name) : NULL;

	if (command)
		return run_command(command, 2, argv);
	if (!name) {
		print_help(stdout);
		return EXIT_CLEAN;
	}
	complain("%s: no such command (`snag help` lists them)", name);
	return EXIT_USAGE;
}

/* Help, too, can meet a full disk. */
static void end_output(void)
{
	if (fflush(stdout) == 0)
		return;
	complain("standard output: %s", strerror(errno));
	_exit(EXIT_NO_VERDICT);
}

int main(int argc, char **argv)
{
	const struct command *command;

	/* Characters are the user's; but numbers are as in C, in options and in what programs read. */
	setlocale(LC_CTYPE, "");
	atexit(end_output);
	argp_program_version = "snag " SNAG_VERSION;
	if (argc < 2) {
		print_help(stderr);
		return EXIT_USAGE;
	}
	command = find_command(argv[1]);
	if (command)
		return run_command(command, argc - 1, argv + 1);
	if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
		puts(argp_program_version);
		return EXIT_CLEAN;
	}
	if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0)
		return help(argc > 2 ? argv[2] : NULL);
	return help(argv[1]);
}

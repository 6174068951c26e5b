/* SPDX-License-Identifier: MIT */
/* GDB with Snag's scripts in it. */
#include "debugger.h"

#include "../trace/pool.h"
#include "complain.h"
#include "locate.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void add(struct debugger *debugger, char *argument)
{
	debugger->arguments = grow_array(debugger->arguments, debugger->n + 2, sizeof(*debugger->arguments));
	debugger->arguments[debugger->n++] = argument;
	debugger->arguments[debugger->n] = NULL;
}

void debugger_add(struct debugger *debugger, const char *format, ...)
{
	va_list values;

	va_start(values, format);
	add(debugger, format_list(format, values));
	va_end(values);
}

void debugger_add_command(struct debugger *debugger, const char *format, ...)
{
	va_list values;

	debugger_add(debugger, "-ex");
	va_start(values, format);
	add(debugger, format_list(format, values));
	va_end(values);
}

int debugger_init(struct debugger *debugger)
{
	const char *gdb = getenv("SNAG_GDB");
	char *script = locate_gdb_script();

	if (!script) {
		complain("snag-gdb.py: not found, neither beside this program nor in %s", SNAG_PREFIX "/" SNAG_SCRIPTS_DIR);
		return -1;
	}
	*debugger = (struct debugger){0};
	debugger_add(debugger, "%s", gdb && *gdb ? gdb : "gdb");
	debugger_add(debugger, "-q");
	debugger_add_command(debugger, "source %s", script);
	free(script);
	return 0;
}

void debugger_deinit(struct debugger *debugger)
{
	for (size_t i = 0; i < debugger->n; i++)
		free(debugger->arguments[i]);
	free(debugger->arguments);
}

int debugger_execute(const struct debugger *debugger)
{
	int error;

	execvp(debugger->arguments[0], debugger->arguments);
	error = errno;
	complain("%s: %s", debugger->arguments[0], strerror(error));
	return error == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_EXECUTE;
}

void debugger_attach(pid_t pid, const struct signals *signals)
{
	struct debugger debugger;
	pid_t gdb;

	if (debugger_init(&debugger))
		return;
	debugger_add(&debugger, "-p");
	debugger_add(&debugger, "%d", (int)pid);
	debugger_add_command(&debugger, "snag deadlock --select");
	gdb = fork();
	if (gdb == 0) {
		signals_restore(signals);
		_exit(debugger_execute(&debugger));
	}
	while (gdb > 0 && waitpid(gdb, NULL, 0) < 0 && errno == EINTR)
		;
	debugger_deinit(&debugger);
}

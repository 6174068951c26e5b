/* SPDX-License-Identifier: MIT */
/* Messages to the user, and the exit statuses that go with them (a contract with scripts, see DESIGN). */
#ifndef SNAG_COMPLAIN_H
#define SNAG_COMPLAIN_H

#include <stdarg.h>

enum exit_status {
	EXIT_CLEAN = 0,
	EXIT_NO_VERDICT = 2, /* report: a damaged trace, or lost records that matter */
	EXIT_USAGE = 64,
	EXIT_FOUND = 66,	/* a finding of severity error */
	EXIT_TIMED_OUT = 124,	/* run: --timeout, and no cause was found */
	EXIT_SNAG_FAILED = 125, /* run, gdb: the program was not started */
	EXIT_CANNOT_EXECUTE = 126,
	EXIT_NOT_FOUND = 127,
	EXIT_SIGNALLED = 128, /* run: plus the number of the signal that ended the program */
};

/* Writes one line to standard error: "snag: " and the message.  Control characters in it are made harmless. */
void complain(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A formatted string from malloc; ends the program when there is no memory. */
char *format_string(const char *format, ...) __attribute__((format(printf, 1, 2)));
char *format_list(const char *format, va_list args) __attribute__((format(printf, 1, 0)));

#endif

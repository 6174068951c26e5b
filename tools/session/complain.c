/* SPDX-License-Identifier: MIT */
/* Messages to the user. */
#include "complain.h"

#include "../report/printable.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

char *format_list(const char *format, va_list args)
{
	char *text;

	if (vasprintf(&text, format, args) < 0)
		_exit(EXIT_SNAG_FAILED);
	return text;
}

void complain(const char *format, ...)
{
	va_list args;
	char *raw, *safe;

	va_start(args, format);
	raw = format_list(format, args);
	va_end(args);
	safe = printable(raw, PRINTABLE_UTF8);
	fflush(stdout);
	fprintf(stderr, "snag: %s\n", safe);
	free(safe);
	free(raw);
}

char *format_string(const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = format_list(format, args);
	va_end(args);
	return text;
}

/* SPDX-License-Identifier: MIT */
/* Text that comes from outside, made safe to show.
 *
 * Thread names, paths, symbols and source lines are chosen by the program under test.  None of them may move the cursor,
 * change the title of a terminal, hide text by direction marks, or make a JSON file invalid.
 */
#ifndef SNAG_PRINTABLE_H
#define SNAG_PRINTABLE_H

#include <stdbool.h>
#include <stdio.h>

enum printable_form {
	PRINTABLE_ASCII, /* every byte that is not printable ASCII becomes \xNN */
	PRINTABLE_UTF8,	 /* well-formed UTF-8 stays, but controls and direction marks become \xNN */
	PRINTABLE_DATA,	 /* only what is not UTF-8 becomes \xNN: for formats that escape the rest */
};

/* Writes `text`, which may be NULL (then nothing is written). */
void printable_write(FILE *out, const char *text, enum printable_form form);

/* The same into a new string. */
char *printable(const char *text, enum printable_form form);

#endif

/* SPDX-License-Identifier: MIT */
/* Words on a terminal or in a log: wrapped, coloured when that is wanted, and harmless.
 *
 * Everything that a text report writes goes through here, so this is the one place where text from outside is made
 * safe (printable.h).  What the report itself wants to stand out is set between marks, control bytes that never reach
 * the output: page_print(page, 0, 0, "holds " LOCK("%s"), name).
 */
#ifndef SNAG_PAGE_H
#define SNAG_PAGE_H

#include "../trace/pool.h"
#include "printable.h"

#include <stdbool.h>
#include <stdio.h>

#define ERROR(text)   "\001" text "\005"
#define WARNING(text) "\002" text "\005"
#define STRONG(text)  "\003" text "\005"
#define FAINT(text)   "\004" text "\005"
#define LOCK(text)    "\006" text "\005"
#define MORE	      "\016" /* an ellipsis */

static inline bool page_is_mark(char c)
{
	return c >= 1 && c <= 6;
}

struct page {
	FILE *out;
	unsigned width; /* columns */
	bool has_color;
	enum printable_form form; /* ASCII or UTF-8, as the reader's locale says */
};

/* A page for `out`: colour and width of its terminal if it is one.  NO_COLOR and TERM are obeyed, and COLUMNS where no
 * terminal says how wide it is. */
struct page page_for(FILE *out);

/* A paragraph, wrapped: its first line begins at column `indent`, the others at `hang`, as far as words have room there. */
void page_print(const struct page *page, unsigned indent, unsigned hang, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

/* One line that is never wrapped, but cut at the page's width. */
void page_line(const struct page *page, unsigned indent, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* One line as it is, however long: a command that somebody will copy. */
void page_whole_line(const struct page *page, unsigned indent, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

/* The columns that a text without marks takes there. */
unsigned page_columns(const struct page *page, const char *text);

/* As much of such a text as has room in so many columns, in the pool when it is cut: that is done in its middle, because
 * names differ in their ends, too. */
const char *page_fit(const struct page *page, struct pool *pool, unsigned columns, const char *text);

void page_blank(const struct page *page);

#endif

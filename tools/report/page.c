/* SPDX-License-Identifier: MIT */
/* Words on a terminal or in a log: wrapped, coloured when that is wanted, and harmless.
 *
 * A text is taken apart into characters (with their marks) after it has been made safe, one character a column.
 */
#include "page.h"

#include <assert.h>
#include <langinfo.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum {
	PAGE_LEAST = 40, /* narrower than this nothing is readable; let the terminal wrap */
	PAGE_MOST = 110, /* wider lines are hard to read */
	PAGE_LOG = 100,	 /* not a terminal, and COLUMNS says nothing */
};

static const char *const colors[] = {
	[1] = "\033[1;31m", [2] = "\033[1;33m", [3] = "\033[1m", [4] = "\033[2m", [5] = "\033[0m", [6] = "\033[36m",
};

static unsigned columns_of(int fd)
{
	const char *env = getenv("COLUMNS");
	struct winsize size;
	long n = 0;

	if (isatty(fd) && ioctl(fd, TIOCGWINSZ, &size) == 0)
		n = size.ws_col;
	if (n == 0 && env)
		n = strtol(env, NULL, 10);
	if (n <= 0)
		n = isatty(fd) ? 80 : PAGE_LOG;
	return n < PAGE_LEAST ? PAGE_LEAST : n > PAGE_MOST ? PAGE_MOST : n;
}

static bool wants_color(int fd)
{
	const char *no_color = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	return isatty(fd) && !(no_color && *no_color) && term && *term && strcmp(term, "dumb") != 0;
}

struct page page_for(FILE *out)
{
	bool is_utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;

	return (struct page){out, columns_of(fileno(out)), wants_color(fileno(out)),
			     is_utf8 ? PRINTABLE_UTF8 : PRINTABLE_ASCII};
}

/* Copies `raw` with everything harmless but our marks; an ellipsis becomes what the reader's locale can show. */
static char *make_safe(const char *raw, enum printable_form form)
{
	char *safe = NULL;
	size_t size;
	FILE *out = open_memstream(&safe, &size);

	assert(out);
	while (*raw) {
		size_t n = strcspn(raw, "\001\002\003\004\005\006" MORE);
		char *piece = strndup(raw, n);

		assert(piece);
		printable_write(out, piece, form);
		free(piece);
		raw += n;
		if (*raw == *MORE)
			fputs(form == PRINTABLE_UTF8 ? "\u2026" : "...", out);
		else if (*raw)
			fputc(*raw, out);
		raw += *raw != 0;
	}
	fclose(out);
	assert(safe);
	return safe;
}

/* A byte that is not the first of its character. */
static bool is_within(char c)
{
	return (c & 0xc0) == 0x80;
}

/* Columns that n bytes of safe text take. */
static unsigned width_of(const char *text, size_t n)
{
	unsigned width = 0;

	for (size_t i = 0; i < n; i++)
		width += !page_is_mark(text[i]) && !is_within(text[i]);
	return width;
}

static void put(const struct page *page, const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!page_is_mark(text[i]))
			fputc(text[i], page->out);
		else if (page->has_color)
			fputs(colors[(int)text[i]], page->out);
}

/* Where lines begin: further left than is wished when a word would have no room there, but has it in a line. */
static unsigned hang_of(const struct page *page, unsigned wished, const char *text)
{
	unsigned widest = 0;

	for (size_t n; *text; text += n + (text[n] == ' ')) {
		unsigned width = width_of(text, n = strcspn(text, " "));

		if (width > widest && width <= page->width)
			widest = width;
	}
	return wished + widest > page->width ? page->width - widest : wished;
}

static void wrap(const struct page *page, unsigned indent, unsigned hang, const char *text)
{
	unsigned column = 0, blanks = indent;

	hang = hang_of(page, hang, text);
	for (; *text; text += *text == ' ', blanks++) {
		size_t n = strcspn(text, " ");
		unsigned width = width_of(text, n);

		if (!n)
			continue;
		if (column && column + blanks + width > page->width) {
			fputc('\n', page->out);
			column = 0;
			blanks = hang;
		}
		fprintf(page->out, "%*s", (int)blanks, "");
		put(page, text, n);
		column += blanks + width;
		blanks = 0;
		text += n;
	}
	fputc('\n', page->out);
}

static char *format_safe(const struct page *page, const char *format, va_list args)
{
	char *raw, *safe;

	if (vasprintf(&raw, format, args) < 0)
		abort();
	safe = make_safe(raw, page->form);
	free(raw);
	return safe;
}

void page_print(const struct page *page, unsigned indent, unsigned hang, const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = format_safe(page, format, args);
	va_end(args);
	wrap(page, indent, hang, text);
	free(text);
}

void page_line(const struct page *page, unsigned indent, const char *format, ...)
{
	va_list args;
	char *text;
	size_t n = 0;
	unsigned column = indent;

	va_start(args, format);
	text = format_safe(page, format, args);
	va_end(args);
	fprintf(page->out, "%*s", indent, "");
	while (text[n] && column + width_of(text + n, 1) <= page->width)
		column += width_of(text + n++, 1);
	put(page, text, n);
	if (text[n] && page->has_color)
		fputs(colors[5], page->out);
	fputc('\n', page->out);
	free(text);
}

void page_whole_line(const struct page *page, unsigned indent, const char *format, ...)
{
	va_list args;
	char *text;

	va_start(args, format);
	text = format_safe(page, format, args);
	va_end(args);
	fprintf(page->out, "%*s", indent, "");
	put(page, text, strlen(text));
	fputc('\n', page->out);
	free(text);
}

unsigned page_columns(const struct page *page, const char *text)
{
	char *safe = make_safe(text, page->form);
	unsigned width = width_of(safe, strlen(safe));

	free(safe);
	return width;
}

const char *page_fit(const struct page *page, struct pool *pool, unsigned columns, const char *text)
{
	const char *shown = text;

	for (size_t size = strlen(text), left = size; page_columns(page, shown) > columns && left > 0; left--) {
		size_t head = (left + 1) / 2, tail = size - left / 2;

		if (!is_within(text[head]) && !is_within(text[tail]))
			shown = pool_printf(pool, "%.*s" MORE "%s", (int)head, text, text + tail);
	}
	return shown;
}

void page_blank(const struct page *page)
{
	fputc('\n', page->out);
}

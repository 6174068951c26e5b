/* SPDX-License-Identifier: MIT */
/* A circle drawn with letters: a line for each thread, from what it holds (or is) to what it asks for.
 *
 *        held                by                   asks for
 *     +> accounts[1].lock -- thread 2 "worker" -> accounts[3].lock
 *     |  accounts[3].lock -- thread 3 ----------> accounts[1].lock -+
 *     +-------------------------------------------------------------+
 */
#include "report.h"
#include "words.h"

#include <inttypes.h>
#include <limits.h>
#include <string.h>

enum { COLUMNS = 3, FRAME = 20 /* columns of a line that are no names, and the indent */ };

struct strokes {
	const char *top_left, *left, *bottom_left, *right_end, *bottom_right, *line, *arrow;
};

static const struct strokes ascii = {"+>", "|", "+", "-+", "+", "-", ">"};
static const struct strokes unicode = {"\u250c\u25b6", "\u2502", "\u2514", "\u2500\u2510",
				       "\u2518",       "\u2500", "\u25b6"};

struct picture {
	const struct page *page;
	struct names *names;
	const struct finding *finding;
	const struct strokes *strokes;
	unsigned most; /* columns for one name, UINT_MAX while all have room */
	unsigned widths[COLUMNS];
};

static const char *fit(const struct picture *picture, const char *text)
{
	return page_fit(picture->page, names_pool(picture->names), picture->most, text);
}

/* What line `i` says in a column. */
static const char *cell(const struct picture *picture, uint32_t i, int column)
{
	const struct finding *finding = picture->finding;
	const struct finding_part *part = &finding->parts[i];

	switch (column) {
	case 0:
		return fit(picture, names_lock(picture->names,
					       &finding->parts[(i + finding->n_parts - 1) % finding->n_parts].want));
	case 1:
		return fit(picture, names_thread(picture->names, part->model, part->thread));
	default:
		return fit(picture, names_lock(picture->names, &part->want));
	}
}

static const char *repeat(const struct picture *picture, const char *text, unsigned n)
{
	const char *all = "";

	while (n--)
		all = pool_printf(names_pool(picture->names), "%s%s", all, text);
	return all;
}

/* What is missing to the width of its column, as `filler`s. */
static const char *padding(const struct picture *picture, const char *text, int column, const char *filler)
{
	return repeat(picture, filler, picture->widths[column] - page_columns(picture->page, text));
}

static void print_head(const struct picture *picture)
{
	unsigned by = picture->widths[0] + 4, asks = picture->widths[1] + 4;

	page_line(picture->page, 5, FAINT("%-*s%-*s%s"), (int)by, "held", (int)asks, "by",
		  finding_verb(picture->finding, NULL));
}

static void print_line(const struct picture *picture, uint32_t i, bool is_first, bool is_last)
{
	const struct strokes *strokes = picture->strokes;
	const char *held = cell(picture, i, 0), *thread = cell(picture, i, 1), *wanted = cell(picture, i, 2);

	page_line(picture->page, 2, "%s%s " LOCK("%s") "%s %s%s %s %s%s%s " LOCK("%s") "%s%s%s",
		  is_first ? strokes->top_left : strokes->left, is_first ? "" : " ", held,
		  padding(picture, held, 0, " "), strokes->line, strokes->line, thread,
		  padding(picture, thread, 1, strokes->line), strokes->line, strokes->arrow, wanted,
		  is_last ? padding(picture, wanted, 2, " ") : "", is_last ? " " : "",
		  is_last ? strokes->right_end : "");
}

static void print_foot(const struct picture *picture)
{
	unsigned width = picture->widths[0] + picture->widths[1] + picture->widths[2] + 12;

	page_line(picture->page, 2, "%s%s%s", picture->strokes->bottom_left,
		  repeat(picture, picture->strokes->line, width), picture->strokes->bottom_right);
}

/* The width of each column, and of all together. */
static unsigned measure(struct picture *picture)
{
	memcpy(picture->widths, (const unsigned[COLUMNS]){4, 2, 0}, sizeof(picture->widths)); /* of the head */
	for (uint32_t i = 0; i < picture->finding->n_parts; i++)
		for (int column = 0; column < COLUMNS; column++) {
			unsigned width = page_columns(picture->page, cell(picture, i, column));

			if (width > picture->widths[column])
				picture->widths[column] = width;
		}
	return picture->widths[0] + picture->widths[1] + picture->widths[2];
}

/* What a wide column can have when the narrow ones have what they need. */
static unsigned share(const struct picture *picture, unsigned room)
{
	unsigned n_wide = 0, rest = room;

	for (int i = 0; i < COLUMNS; i++)
		if (picture->widths[i] > room / COLUMNS)
			n_wide++;
		else
			rest -= picture->widths[i];
	return n_wide ? rest / n_wide : room;
}

void report_text_circle(const struct report *report, const struct page *page, uint32_t finding, uint32_t most)
{
	struct picture picture = {page, report->names, &report->findings[finding], &ascii, UINT_MAX, {0}};
	uint32_t n = picture.finding->n_parts, n_shown = n > most ? most : n;

	if (page->form == PRINTABLE_UTF8)
		picture.strokes = &unicode;
	if (measure(&picture) > page->width - FRAME) {
		picture.most = share(&picture, page->width - FRAME);
		measure(&picture);
	}
	print_head(&picture);
	for (uint32_t i = 0; i < n_shown; i++)
		print_line(&picture, i, i == 0, i + 1 == n);
	if (n_shown < n) {
		page_line(page, 2, "%s  " MORE " %" PRIu32 " more threads", picture.strokes->left, n - n_shown - 1);
		print_line(&picture, n - 1, false, true);
	}
	print_foot(&picture);
}

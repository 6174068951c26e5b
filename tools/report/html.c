/* SPDX-License-Identifier: MIT */
/* The report as one page for a browser, which needs nothing else: no network, no second file.
 *
 * The page is in html/, and becomes one string when Snag is built.  Where it has a name between @@ the report is put in: two
 * drawings, and the data as JSON, which the page's script shows.  The drawings come from Graphviz, which escapes labels; in
 * the JSON no < is left, so nothing in it ends the script or begins anything else.
 */
#include "drawing.h"
#include "formats.h"
#include "html_data.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

extern const char html_page[];

static void write_drawing(const struct drawing *drawing, FILE *out)
{
	char *svg = NULL, *why = NULL;
	size_t size;
	FILE *memory;

	if (!drawing->n_nodes)
		return;
	memory = open_memstream(&svg, &size);
	if (!memory)
		return;
	if (drawings_write_svg(drawing, 1, memory, &why))
		fprintf(memory, "<svg></svg><p>There is no drawing: %s.</p>", why);
	fclose(memory);
	/* Not the XML declaration and the document type before it. */
	fputs(strstr(svg, "<svg") ?: "", out);
	free(svg);
	free(why);
}

static void write_order(const struct report *report, bool shows_all, FILE *out)
{
	struct drawing drawing;

	drawing_lock_order(&drawing, report, shows_all);
	write_drawing(&drawing, out);
	drawing_deinit(&drawing);
}

static void write_waits(const struct report *report, bool shows_all, FILE *out)
{
	struct drawing drawing;

	drawing_waits(&drawing, report, shows_all);
	write_drawing(&drawing, out);
	drawing_deinit(&drawing);
}

static void write_data(const struct report *report, bool shows_all, FILE *out)
{
	struct json_object *data = html_data(report);
	int flags = JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE;

	for (const char *at = json_object_to_json_string_ext(data, flags); *at; at++)
		if (*at == '<')
			fputs("\\u003c", out);
		else
			fputc(*at, out);
	json_object_put(data);
}

static const struct {
	const char *name;
	void (*write)(const struct report *report, bool shows_all, FILE *out);
} places[] = {{"@@ORDER@@", write_order}, {"@@WAITS@@", write_waits}, {"@@DATA@@", write_data}};

static size_t find_place(const char *at)
{
	size_t i = 0;

	while (strncmp(at, places[i].name, strlen(places[i].name)) != 0) {
		i++;
		assert(i < sizeof(places) / sizeof(*places));
	}
	return i;
}

int report_html(const struct report *report, bool shows_all, FILE *out, char **ret_why)
{
	const char *rest = html_page;

	for (const char *at = strstr(rest, "@@"); at; at = strstr(rest, "@@")) {
		size_t place = find_place(at);

		fwrite(rest, 1, (size_t)(at - rest), out);
		places[place].write(report, shows_all, out);
		rest = at + strlen(places[place].name);
	}
	fputs(rest, out);
	return ferror(out) ? -1 : 0;
}

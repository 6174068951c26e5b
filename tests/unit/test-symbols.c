/* SPDX-License-Identifier: MIT */
/* Runs a program that says what lies where (tests/symbols/witness.h), and asks tools/symbols the same.
 *
 *   test-symbols SOURCES all|symbols|exported|nothing PROGRAM [DEBUG-FOLDER]
 *
 * SOURCES is the folder with the sources, for the lines that are marked there.  The second word is what the program's file
 * has: debug information; a symbol table; exported symbols only, so that what
 * is answered must be right, and is something and not everything; nothing, so that no name may be answered at all.
 */
#undef NDEBUG
#include "tools/symbols/symbols.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_FRAMES = 8, MAX_FIELDS = 8, MAX_MODULES = 32, LINE_SIZE = 8192 };

enum level { LEVEL_ALL, LEVEL_SYMBOLS, LEVEL_EXPORTED, LEVEL_NOTHING, LEVELS };

static const char *const level_names[LEVELS] = {"all", "symbols", "exported", "nothing"};

struct module {
	char name[256];
	uint64_t bias, start, end;
};

struct test {
	const char *sources;
	enum level level;
	struct symbols *symbols;
	struct module modules[MAX_MODULES];
	size_t n_modules;
	const char *fact; /* what is being checked */
	int n_known, n_unknown, n_failed;
};

static void __attribute__((format(printf, 2, 3))) fail(struct test *test, const char *format, ...)
{
	va_list arguments;

	printf("%s\n\t", test->fact);
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	printf("\n");
	test->n_failed++;
}

static const char *base_name(const char *path)
{
	return strrchr(path, '/') ? strrchr(path, '/') + 1 : path;
}

static bool is_same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

/* Whether a line of a source has a comment that is just the mark. */
static bool is_marked(const struct test *test, const char *source, uint32_t line, const char *mark)
{
	char path[LINE_SIZE], text[LINE_SIZE], comment[LINE_SIZE];
	bool is_marked = false;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", test->sources, base_name(source));
	snprintf(comment, sizeof(comment), "/* %s */", mark);
	file = fopen(path, "re");
	for (uint32_t i = 1; file && fgets(text, sizeof(text), file); i++)
		if (i == line)
			is_marked = strstr(text, comment);
	if (file)
		fclose(file);
	return is_marked;
}

static void check_source(struct test *test, const char *file, uint32_t line, const char *mark)
{
	if (!file || !is_marked(test, file, line, mark))
		fail(test, "is at %s:%" PRIu32 ", which is not marked /* %s */", file ? file : "?", line, mark);
}

static void check_module(struct test *test, const char *name, uint64_t offset, uint64_t address)
{
	const struct module *module = test->modules;

	while (address < module->start || address >= module->end)
		assert(++module < test->modules + test->n_modules);
	if (!is_same(name, module->name) || offset != address - module->bias)
		fail(test, "is in %s+0x%" PRIx64 ", not %s+0x%" PRIx64, name, offset, module->name,
		     address - module->bias);
}

static size_t split(char *text, char separator, char *ret_fields[], size_t max)
{
	size_t n = 0;

	do {
		assert(n < max);
		ret_fields[n++] = text;
		text = strchr(text, separator);
		if (text)
			*text++ = '\0';
	} while (text);
	return n;
}

/* Without debug information there may be no answer.  Counts, and tells whether there is one. */
static bool is_answered(struct test *test, const char *answer)
{
	if (answer)
		test->n_known++;
	else
		test->n_unknown++;
	if (!answer && test->level <= LEVEL_SYMBOLS)
		fail(test, "is not known");
	if (answer && test->level == LEVEL_NOTHING)
		fail(test, "cannot be known, is said to be %s", answer);
	return answer && test->level != LEVEL_NOTHING;
}

/* ---- frames ----------------------------------------------------------------------------------------------------- */

static bool is_function(const char *name, const char *expected)
{
	size_t length = strlen(name), n = strlen(expected) - 1;

	if (expected[0] == '*')
		return length > n && strcmp(name + length - n, expected + 1) == 0;
	return strcmp(name, expected) == 0;
}

static void check_frame(struct test *test, const struct frame *frame, char *expected, bool is_last)
{
	char *mark = strrchr(expected, '@');

	assert(mark);
	*mark++ = '\0';
	if (is_answered(test, frame->function) && !is_function(frame->function, expected))
		fail(test, "is %s, not %s", frame->function, expected);
	if (test->level == LEVEL_ALL)
		check_source(test, frame->file, frame->line, mark);
	else if (frame->file || frame->line)
		fail(test, "cannot be at %s:%" PRIu32, frame->file, frame->line);
	if (frame->is_inlined == is_last)
		fail(test, "%s is %sinlined", frame->function, is_last ? "" : "not ");
}

static void check_call(struct test *test, uint64_t pc, char *text)
{
	char *expected[MAX_FRAMES];
	size_t n, n_expected = split(text, ';', expected, MAX_FRAMES);
	const struct frame *frames = symbols_frames(test->symbols, pc, 0, true, &n);
	size_t n_unknown = test->level == LEVEL_ALL ? 0 : n_expected - 1;

	assert(n > 0 && frames == symbols_frames(test->symbols, pc, 0, true, &n));
	check_module(test, frames->module, frames->offset, pc);
	if (n + n_unknown != n_expected)
		fail(test, "has %zu frames, the first is %s", n, frames->function ? frames->function : "?");
	else
		for (size_t i = 0; i < n; i++)
			check_frame(test, &frames[i], expected[n_unknown + i], i + 1 == n);
}

/* ---- places ----------------------------------------------------------------------------------------------------- */

/* A lock as the program gave it. */
struct lock {
	uint64_t start, at;
	const char *variable, *part, *class_name;
};

static void check_by_dwarf(struct test *test, const struct lock *lock, const struct place *place)
{
	char expected[LINE_SIZE];

	snprintf(expected, sizeof(expected), "%s%s", lock->variable, lock->part);
	if (is_answered(test, place->name) && !is_same(place->name, expected))
		fail(test, "is %s", place->name);
	if (strcmp(place->class_name ? place->class_name : "", lock->class_name) != 0)
		fail(test, "is of class %s", place->class_name ? place->class_name : "?");
	check_source(test, place->file, place->line, lock->variable);
}

static void check_by_symbol(struct test *test, const struct lock *lock, const struct place *place)
{
	char expected[LINE_SIZE], offset[32];

	snprintf(offset, sizeof(offset), "+0x%" PRIx64, lock->at - lock->start);
	snprintf(expected, sizeof(expected), "%s%s", lock->variable, lock->at > lock->start ? offset : "");
	if (is_answered(test, place->name) && !is_same(place->name, expected))
		fail(test, "is %s, not %s", place->name, expected);
	if (place->class_name || place->file || place->line)
		fail(test, "cannot be of class %s, at %s:%" PRIu32, place->class_name, place->file, place->line);
}

static void check_lock(struct test *test, const struct lock *lock, bool is_local)
{
	struct place place = {.name = NULL};

	if (!symbols_place(test->symbols, lock->at, 0, &place)) {
		fail(test, "is in no module");
		return;
	}
	check_module(test, place.module, place.offset, lock->at);
	if (test->level == LEVEL_ALL)
		check_by_dwarf(test, lock, &place);
	else if (!is_local) /* what symbol it has is the compiler's affair */
		check_by_symbol(test, lock, &place);
	place_deinit(&place);
}

/* ---- facts ------------------------------------------------------------------------------------------------------ */

static uint64_t number(const char *text)
{
	return strtoull(text, NULL, 16);
}

static size_t decode(const char *text, unsigned char *ret, size_t max)
{
	size_t n = 0;

	for (; n < max && sscanf(text + 2 * n, "%2hhx", &ret[n]) == 1; n++)
		;
	return n;
}

static void add_module(struct test *test, char *fields[])
{
	struct module *module = &test->modules[test->n_modules++];
	unsigned char build_id[64];
	size_t size = decode(fields[5], build_id, sizeof(build_id));

	assert(test->n_modules <= MAX_MODULES);
	snprintf(module->name, sizeof(module->name), "%s", base_name(fields[4]));
	module->bias = number(fields[1]);
	module->start = number(fields[2]);
	module->end = number(fields[3]);
	symbols_add_module(test->symbols, fields[4], module->bias, module->start, module->end, 0, UINT32_MAX, build_id,
			   size);
}

static void check_fact(struct test *test, char *text)
{
	char copy[LINE_SIZE], *fields[MAX_FIELDS];
	size_t n;

	snprintf(copy, sizeof(copy), "%s", text);
	test->fact = copy;
	n = split(text, '|', fields, MAX_FIELDS);
	if (strcmp(fields[0], "module") == 0) {
		assert(n == 6);
		add_module(test, fields);
	} else if (strcmp(fields[0], "call") == 0) {
		assert(n == 3);
		check_call(test, number(fields[1]), fields[2]);
	} else {
		struct lock lock = {.start = number(fields[1]),
				    .at = number(fields[2]),
				    .variable = fields[3],
				    .part = fields[4],
				    .class_name = fields[5]};

		assert(n == 6);
		check_lock(test, &lock, strcmp(fields[0], "local") == 0);
	}
}

static void check_program(struct test *test, const char *program)
{
	FILE *facts = popen(program, "re");
	char line[LINE_SIZE];

	assert(facts);
	while (fgets(line, sizeof(line), facts)) {
		line[strcspn(line, "\n")] = '\0';
		check_fact(test, line);
	}
	assert(pclose(facts) == 0);
	assert(test->n_known + test->n_unknown > 0);
}

int main(int argc, char **argv)
{
	struct test test = {.level = LEVELS};

	assert(argc >= 4);
	test.sources = argv[1];
	for (int i = 0; i < LEVELS; i++)
		if (strcmp(argv[2], level_names[i]) == 0)
			test.level = i;
	assert(test.level < LEVELS);
	test.symbols = symbols_new(argc > 4 ? argv[4] : NULL);
	check_program(&test, argv[3]);
	symbols_free(test.symbols);
	test.fact = "all of it";
	if (test.level == LEVEL_EXPORTED && (!test.n_known || !test.n_unknown))
		fail(&test, "should be known in part");
	printf("%d known, %d unknown, %d failed\n", test.n_known, test.n_unknown, test.n_failed);
	return test.n_failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

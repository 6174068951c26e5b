/* SPDX-License-Identifier: MIT */
/* Reads files of suppressions. */
#include "suppress.h"

#include "../trace/pool.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct reading {
	struct suppressions *suppressions;
	struct suppression *block; /* that the line is in; NULL: none */
	const char *path;
	uint32_t line;
	char *why; /* what is wrong with the file; NULL: nothing yet */
};

static const char *const names[CONDITION_KINDS] = {"rule", "function", "module", "lock"};

const char *condition_name(enum condition_kind kind)
{
	return names[kind];
}

/* Where the last * was, and what it has been tried with, is all there is to remember. */
bool pattern_matches(const char *pattern, const char *text)
{
	const char *star = NULL, *tried = NULL;

	while (*text) {
		if (*pattern == '*') {
			star = pattern++;
			tried = text;
		} else if (*pattern == *text || *pattern == '?') {
			pattern++;
			text++;
		} else if (star) {
			pattern = star + 1;
			text = ++tried;
		} else {
			return false;
		}
	}
	return pattern[strspn(pattern, "*")] == '\0';
}

static char *trimmed(char *text)
{
	char *end = text + strlen(text);

	while (end > text && isspace((unsigned char)end[-1]))
		end--;
	*end = '\0';
	return text + strspn(text, " \t");
}

static void blame(struct reading *reading, const char *what, const char *text)
{
	if (asprintf(&reading->why, "%s:%u: %s%s", reading->path, reading->line, what, text) < 0)
		abort();
}

static bool is_rule(const char *pattern)
{
	for (int rule = 0; rule < RULES; rule++)
		if (pattern_matches(pattern, rule_name(rule)))
			return true;
	return false;
}

static char *copy(const char *text)
{
	char *new = strdup(text);

	if (!new)
		abort();
	return new;
}

/* Which condition a line is, and where its pattern begins; CONDITION_KINDS: none. */
static enum condition_kind kind_of(const char *line, size_t *ret_pattern)
{
	const char *colon = strchr(line, ':');
	size_t length = colon ? (size_t)(colon - line) : 0;
	int kind = 0;

	while (kind < CONDITION_KINDS && (strlen(names[kind]) != length || memcmp(line, names[kind], length)))
		kind++;
	*ret_pattern = length + 1;
	return kind;
}

static void add_name(struct reading *reading, const char *line)
{
	size_t pattern;

	if (kind_of(line, &pattern) < CONDITION_KINDS)
		blame(reading, "a name comes first, not ", line);
	else
		reading->block->name = copy(line);
}

static void add_condition(struct reading *reading, char *line)
{
	struct suppression *block = reading->block;
	size_t at;
	enum condition_kind kind = kind_of(line, &at);
	char *pattern = trimmed(line + (kind < CONDITION_KINDS ? at : 0));

	if (kind == CONDITION_KINDS) {
		blame(reading, "neither rule:, function:, module: nor lock: but ", line);
	} else if (!*pattern) {
		blame(reading, "a pattern is missing", "");
	} else if (kind == CONDITION_RULE && !is_rule(pattern)) {
		blame(reading, "no such rule: ", pattern);
	} else {
		block->conditions = grow_array(block->conditions, block->n_conditions + 1, sizeof(*block->conditions));
		block->conditions[block->n_conditions++] = (struct condition){kind, copy(pattern)};
	}
}

static void begin_block(struct reading *reading, const char *line)
{
	struct suppressions *all = reading->suppressions;

	if (strcmp(line, "{") != 0) {
		blame(reading, "not a suppression, which begins with a line of { alone: ", line);
		return;
	}
	all->at = grow_array(all->at, all->n + 1, sizeof(*all->at));
	reading->block = &all->at[all->n++];
	*reading->block = (struct suppression){.path = copy(reading->path), .line = reading->line};
}

static void end_block(struct reading *reading)
{
	if (!reading->block->n_conditions)
		blame(reading, "this would suppress everything; say rule: * if that is meant", "");
	reading->block = NULL;
}

static void read_line(struct reading *reading, char *line)
{
	if (!*line || *line == '#')
		return;
	if (!reading->block)
		begin_block(reading, line);
	else if (strcmp(line, "}") == 0)
		end_block(reading);
	else if (!reading->block->name)
		add_name(reading, line);
	else
		add_condition(reading, line);
}

int suppressions_read(struct suppressions *suppressions, const char *path, char **ret_why)
{
	struct reading reading = {.suppressions = suppressions, .path = path};
	FILE *in = fopen(path, "re");
	char *line = NULL;
	size_t size = 0;

	while (in && !reading.why && getline(&line, &size, in) >= 0) {
		reading.line++;
		read_line(&reading, trimmed(line));
	}
	free(line);
	if ((!in || ferror(in)) && asprintf(&reading.why, "%s: %s", path, strerror(errno)) < 0)
		abort();
	if (!reading.why && reading.block)
		blame(&reading, "the last suppression does not end", "");
	if (in)
		fclose(in);
	*ret_why = reading.why;
	return reading.why ? -1 : 0;
}

void suppressions_deinit(struct suppressions *suppressions)
{
	for (uint32_t i = 0; i < suppressions->n; i++) {
		struct suppression *of = &suppressions->at[i];

		for (uint32_t k = 0; k < of->n_conditions; k++)
			free(of->conditions[k].pattern);
		free(of->conditions);
		free(of->name);
		free(of->path);
	}
	free(suppressions->at);
}

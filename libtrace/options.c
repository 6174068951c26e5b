/* SPDX-License-Identifier: MIT */
/* Reads SNAG_OPTIONS, by hand: nothing here may call into locale or stdio. */
#include "options.h"

#include "compiler.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct options options;

static cold char unescape(const char **at)
{
	if (!strncmp(*at, "%3A", 3) || !strncmp(*at, "%3a", 3)) {
		*at += 3;
		return ':';
	}
	if (!strncmp(*at, "%25", 3)) {
		*at += 3;
		return '%';
	}
	return *(*at)++;
}

/* Copies one value up to its ':' or end, cut at size - 1; *at then stands there. */
static cold void read_value(const char **at, char *value, size_t size)
{
	size_t n = 0;

	while (**at && **at != ':') {
		char c = unescape(at);

		if (n + 1 < size)
			value[n++] = c;
	}
	value[n] = '\0';
}

static cold uint64_t number(const char *text)
{
	uint64_t n = 0;

	while (*text >= '0' && *text <= '9' && n < (1u << 20))
		n = n * 10 + (uint64_t)(*text++ - '0');
	return n;
}

/* ADDRESS,SIZE,INODE */
static cold void read_watch(const char *text)
{
	uint64_t *const numbers[] = {&options.watch, &options.watch_size, &options.watch_inode};

	for (int i = 0; i < 3; i++) {
		*numbers[i] = 0;
		while (*text >= '0' && *text <= '9')
			*numbers[i] = *numbers[i] * 10 + (uint64_t)(*text++ - '0');
		text += *text == ',';
	}
}

static cold void set(const char *key, size_t key_size, const char *value)
{
	if (key_size == 3 && !memcmp(key, "dir", 3) && *value)
		strcpy(options.dir, value);
	else if (key_size == 3 && !memcmp(key, "log", 3))
		strcpy(options.log, value);
	else if (key_size == 4 && !memcmp(key, "mode", 4))
		options.mode = strcmp(value, "full") ? TRACE_LIGHT : TRACE_FULL;
	else if (key_size == 5 && !memcmp(key, "limit", 5) && number(value))
		options.limit = number(value) << 20;
	else if (key_size == 6 && !memcmp(key, "budget", 6) && number(value))
		options.budget = number(value) << 20;
	else if (key_size == 5 && !memcmp(key, "watch", 5))
		read_watch(value);
	else if (key_size == 5 && !memcmp(key, "mutex", 5))
		options.calls_libc = !strcmp(value, "libc");
	else if (key_size == 5 && !memcmp(key, "steer", 5))
		strcpy(options.schedule, value);
	else if (key_size == 7 && !memcmp(key, "perturb", 7))
		options.seed = number(value);
}

/* A later chdir() must not move a path. */
static cold void make_absolute(char path[PATH_MAX])
{
	char relative[PATH_MAX];
	size_t n;

	if (path[0] == '/')
		return;
	strcpy(relative, path);
	if (!getcwd(path, PATH_MAX))
		strcpy(path, ".");
	n = strlen(path);
	if (n + 1 + strlen(relative) < PATH_MAX) {
		path[n] = '/';
		strcpy(path + n + 1, relative);
	}
}

cold void options_read(void)
{
	const char *at = getenv("SNAG_OPTIONS");
	static char value[PATH_MAX];

	strcpy(options.dir, "snag.out");
	options.mode = TRACE_LIGHT;
	options.limit = 256u << 20;
	options.budget = 1024u << 20;
	while (at && *at) {
		const char *key = at;
		size_t key_size = strcspn(at, "=:");

		at += key_size;
		if (*at == '=') {
			at++;
			read_value(&at, value, sizeof(value));
			set(key, key_size, value);
		}
		if (*at == ':')
			at++;
	}
	if (options.mode == TRACE_FULL)
		options.limit += options.budget;
	make_absolute(options.dir);
	if (options.log[0] && strcmp(options.log, LOG_STDERR))
		make_absolute(options.log);
}

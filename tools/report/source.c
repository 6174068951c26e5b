/* SPDX-License-Identifier: MIT */
/* A few lines of a source file, when it is there.
 *
 * The name of the file comes from debug information, so it may name anything: only regular files are read, and only so
 * far.
 */
#include "source.h"

#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SOURCE_MOST = 64 << 20 }; /* larger files are no source */

static FILE *open_regular(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;

	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size <= SOURCE_MOST)
		return fdopen(fd, "r");
	close(fd);
	return NULL;
}

static bool is_source(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISREG(st.st_mode) && access(path, R_OK) == 0;
}

/* Takes over `path`. */
static char *written_from_here(char *path)
{
	char *real = realpath(path, NULL), *here = getcwd(NULL, 0), *relative = NULL;
	size_t n = here ? strlen(here) : 0;

	if (real && n > 1 && strncmp(real, here, n) == 0 && real[n] == '/')
		relative = strdup(real + n + 1);
	free(here);
	if (!real)
		return path;
	free(path);
	if (!relative)
		return real;
	free(real);
	return relative;
}

/* A relative name is relative to the folder the compiler ran in: mostly one of those above the module it made. */
char *source_find(const char *file, const char *module_path)
{
	size_t n = module_path && file[0] != '/' ? strlen(module_path) : 0;
	char *path;

	while (n > 0) {
		const char *slash = memrchr(module_path, '/', n);

		if (!slash)
			break;
		n = (size_t)(slash - module_path);
		if (asprintf(&path, "%.*s/%s", (int)n, module_path, file) < 0)
			return NULL;
		if (is_source(path))
			return written_from_here(path);
		free(path);
	}
	return is_source(file) ? written_from_here(strdup(file)) : NULL;
}

static bool is_newer(FILE *in, const char *module_path)
{
	struct stat file, module;

	return module_path && stat(module_path, &module) == 0 && fstat(fileno(in), &file) == 0 &&
	       file.st_mtime > module.st_mtime;
}

static char *expand_tabs(const char *line, size_t n)
{
	char *wide = malloc(n * 8 + 1), *at = wide;

	assert(wide);
	for (size_t i = 0; i < n && line[i] != '\n' && line[i] != '\r'; i++) {
		if (line[i] != '\t') {
			*at++ = line[i];
			continue;
		}
		do
			*at++ = ' ';
		while ((at - wide) % 8);
	}
	*at = '\0';
	return wide;
}

void source_read(const char *path, uint32_t line, const char *module_path, struct source_excerpt *ret_excerpt)
{
	FILE *in = path && line ? open_regular(path) : NULL;
	uint64_t last = (uint64_t)line + SOURCE_CONTEXT;
	char *text = NULL;
	size_t size = 0;
	ssize_t n;

	*ret_excerpt = (struct source_excerpt){.first = line > SOURCE_CONTEXT ? line - SOURCE_CONTEXT : 1};
	if (!in)
		return;
	for (uint64_t at = 1; at <= last && (n = getline(&text, &size, in)) >= 0; at++)
		if (at >= ret_excerpt->first)
			ret_excerpt->lines[ret_excerpt->n++] = expand_tabs(text, strnlen(text, n));
	ret_excerpt->is_newer = is_newer(in, module_path);
	free(text);
	fclose(in);
	if (ret_excerpt->first + ret_excerpt->n <= line)
		source_deinit(ret_excerpt);
}

void source_deinit(struct source_excerpt *excerpt)
{
	for (uint32_t i = 0; i < excerpt->n; i++)
		free(excerpt->lines[i]);
	*excerpt = (struct source_excerpt){0};
}

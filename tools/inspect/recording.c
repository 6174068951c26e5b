/* SPDX-License-Identifier: MIT */
/* Finds and reads the trace of a target.  Its file may have been replaced since, or lie out of our reach: then the copy
 * that the target has in its memory is taken. */
#include "recording.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define DELETED " (deleted)"

static bool is_trace_name(const char *path)
{
	const char *slash = strrchr(path, '/'), *suffix = slash ? strstr(slash, TRACE_SUFFIX) : NULL;

	return suffix && (strcmp(suffix, TRACE_SUFFIX) == 0 || strcmp(suffix, TRACE_SUFFIX DELETED) == 0);
}

static const struct mapping *find_mapping(const struct target *target)
{
	for (uint32_t i = 0; i < target->n_mappings; i++)
		if (!target->mappings[i].offset && is_trace_name(target->mappings[i].path))
			return &target->mappings[i];
	return NULL;
}

/* A program that looks at the trace of another one has it mapped, too. */
static bool is_own(const struct target *target, const struct trace_header *header)
{
	return memcmp(header->magic, TRACE_MAGIC, sizeof(header->magic)) == 0 && header->pid == target->pid;
}

/* Copies all mappings of the trace to where they belong in a file; -1 when one of them cannot be read. */
static int copy_mappings(const struct target *target, const char *path, int fd)
{
	static unsigned char piece[TRACE_CHUNK_SIZE];

	for (uint32_t i = 0; i < target->n_mappings; i++) {
		const struct mapping *mapping = &target->mappings[i];
		uint64_t size = mapping->end - mapping->start;

		if (strcmp(mapping->path, path) != 0)
			continue;
		for (uint64_t at = 0; at < size; at += sizeof(piece)) {
			size_t n = size - at < sizeof(piece) ? size - at : sizeof(piece);

			if (!target->read(target, mapping->start + at, piece, n) ||
			    pwrite(fd, piece, n, (off_t)(mapping->offset + at)) != (ssize_t)n)
				return -1;
		}
	}
	return 0;
}

static struct model *read_file(const char *path)
{
	struct model *model = NULL;
	char *why = NULL;

	if (model_read(path, &model, &why))
		free(why);
	return model;
}

static struct model *read_memory(const struct target *target, const char *path)
{
	int fd = memfd_create("trace", MFD_CLOEXEC);
	struct model *model = NULL;
	char copy[32];

	snprintf(copy, sizeof(copy), "/proc/self/fd/%d", fd);
	if (fd >= 0 && copy_mappings(target, path, fd) == 0)
		model = read_file(copy);
	if (fd >= 0)
		close(fd);
	if (model)
		model->path = pool_printf(model->memory, "%s", path);
	return model;
}

struct model *recording_read(const struct target *target)
{
	const struct mapping *mapping = find_mapping(target);
	struct trace_header header;
	struct model *model;
	bool is_readable;

	if (!mapping)
		return NULL;
	is_readable = target->read(target, mapping->start, &header, sizeof(header));
	if (is_readable && !is_own(target, &header))
		return NULL;
	model = read_file(mapping->path);
	if (model && model->pid == target->pid &&
	    (!is_readable || model->start_monotonic_ns == header.start_monotonic_ns))
		return model;
	model_free(model);
	return is_readable ? read_memory(target, mapping->path) : NULL;
}

/* SPDX-License-Identifier: MIT */
/* A libFuzzer target: any bytes as a trace, read and judged.
 *
 * The first byte says how the others are to be taken.  0: they are the file as it is.  Else they are what is hard to come
 * by through chance: the length of the live table (2 bytes), its bytes, and the bytes of records; a header that is in
 * order and two chunks are made around them.
 */
#undef NDEBUG
#include "tests/unit/build_trace.h"
#include "tests/unit/sound.h"

#include "tools/judge/finding.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
	WHOLE_FILE,
	PIECES,
	PREFIX_SIZE = 3,
	ROOM = TRACE_CHUNK_SIZE - sizeof(struct chunk_header),
	FILE_SIZE = TRACE_HEADER_SIZE + 2 * TRACE_CHUNK_SIZE
};

static size_t at_most(size_t size, size_t most)
{
	return size < most ? size : most;
}

static void make_chunk(unsigned char *file, uint32_t number, enum chunk_kind kind, const uint8_t *data, size_t size)
{
	struct chunk_header *chunk = (void *)(file + TRACE_HEADER_SIZE + number * (size_t)TRACE_CHUNK_SIZE);
	size_t begin = kind == CHUNK_LIVE ? TRACE_SLOT_SIZE : sizeof(*chunk);

	size = at_most(size, TRACE_CHUNK_SIZE - begin);
	chunk->kind = kind;
	chunk->committed = kind == CHUNK_RECORDS ? (uint32_t)size : 0;
	memcpy((unsigned char *)chunk + begin, data, size);
}

/* A file around the pieces, in memory of its own. */
static unsigned char *make_file(const uint8_t *data, size_t size)
{
	unsigned char *file = calloc(1, FILE_SIZE);
	struct trace *trace = trace_new(1);
	struct trace_header *header = (void *)file;
	size_t n_live = at_most(data[1] | data[2] << 8, size - PREFIX_SIZE);

	assert(file);
	*header = *trace_header(trace);
	trace_free(trace);
	header->n_chunks = 2;
	header->n_live_chunks = 1;
	header->live_chunk[0] = 1;
	make_chunk(file, 0, CHUNK_RECORDS, data + PREFIX_SIZE + n_live, size - PREFIX_SIZE - n_live);
	make_chunk(file, 1, CHUNK_LIVE, data + PREFIX_SIZE, n_live);
	return file;
}

static void write_file(int fd, const void *bytes, size_t size)
{
	assert(ftruncate(fd, 0) == 0 && pwrite(fd, bytes, size, 0) == (ssize_t)size);
}

static void read_and_judge(int fd)
{
	struct model *model = NULL;
	struct session session = {.models = &model, .n_models = 1};
	char path[64], *why = NULL;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (model_read(path, &model, &why)) {
		assert(why && !model);
		free(why);
		return;
	}
	expect_sound(model);
	verdict_free(judge(&session));
	model_free(model);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static int fd = -1;
	unsigned char *file;

	if (fd < 0)
		fd = memfd_create("trace", MFD_CLOEXEC);
	if (size > PREFIX_SIZE && data[0] != WHOLE_FILE) {
		file = make_file(data, size);
		write_file(fd, file, FILE_SIZE);
		free(file);
	} else if (size > 1) {
		write_file(fd, data + 1, size - 1);
	}
	read_and_judge(fd);
	return 0;
}

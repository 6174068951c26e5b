/* SPDX-License-Identifier: MIT */
/* Copies a trace file into memory in an order that makes the copy consistent (see image.h). */
#include "image.h"
#include "pool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	BYTE_ORDER_MARK = 0x01020304,
	SPARE_CHUNKS = 64,	/* for what a running program adds while we copy */
};

struct copying {
	int fd;
	struct pool *pool;
	struct image *image;
	unsigned char *base;		/* image->view.base, to be written */
	uint32_t n_places;		/* chunks that have room in the image */
};

/* Reads what there is of [offset, offset + size); returns how much that was. */
static size_t read_at(int fd, void *to, size_t size, uint64_t offset)
{
	size_t done = 0;

	while (done < size) {
		ssize_t n = pread(fd, (char *)to + done, size - done, (off_t)(offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		done += (size_t)n;
	}
	return done;
}

static uint64_t chunk_offset(uint32_t chunk)
{
	return TRACE_HEADER_SIZE + (uint64_t)chunk * TRACE_CHUNK_SIZE;
}

/* NULL when this is a trace of the kind that we know. */
static const char *why_not_a_trace(const struct trace_header *header, size_t size)
{
	if (size < sizeof(header->magic) || memcmp(header->magic, TRACE_MAGIC, sizeof(header->magic)))
		return "not a Snag trace";
	if (size < sizeof(*header))
		return "cut short in its header";
	if (header->byte_order != BYTE_ORDER_MARK)
		return "written on a machine with another byte order";
	if (header->version != TRACE_VERSION)
		return "written by another version of Snag";
	if (header->header_size != TRACE_HEADER_SIZE || header->chunk_size != TRACE_CHUNK_SIZE ||
	    header->slot_size != TRACE_SLOT_SIZE)
		return "its header has impossible sizes";
	return NULL;
}

static void note_damage(struct image *image, struct pool *pool, const char *what, uint32_t chunk)
{
	if (!image->damage)
		image->damage = pool_printf(pool, "chunk %u: %s", chunk, what);
}

/* How many of the chunks that the header counts have a place, at least in part, in a file of this size. */
static uint32_t chunks_within(uint64_t size, uint32_t n)
{
	uint64_t room = size <= TRACE_HEADER_SIZE ? 0 : size - TRACE_HEADER_SIZE + TRACE_CHUNK_SIZE - 1;

	return n < room / TRACE_CHUNK_SIZE ? n : (uint32_t)(room / TRACE_CHUNK_SIZE);
}

/* Step 1. */
static const char *copy_header(struct copying *copying)
{
	struct image *image = copying->image;
	struct trace_header header = {0};
	struct stat st;
	const char *why = why_not_a_trace(&header, read_at(copying->fd, &header, sizeof(header), 0));

	if (why)
		return why;
	if (fstat(copying->fd, &st))
		return strerror(errno);
	header.n_chunks &= ~TRACE_CLOSED;
	image->n_chunks = chunks_within((uint64_t)st.st_size, header.n_chunks);
	if (image->n_chunks < header.n_chunks)
		note_damage(image, copying->pool, "the file ends before it", image->n_chunks);
	copying->n_places = image->n_chunks + SPARE_CHUNKS;
	image->view.size = chunk_offset(copying->n_places);
	copying->base = pool_try_alloc(copying->pool, image->view.size);
	image->view.base = copying->base;
	if (!copying->base)
		return "it is larger than memory";
	memcpy(copying->base, &header, sizeof(header));
	return NULL;
}

static bool has_records(uint32_t kind)
{
	return kind == CHUNK_RECORDS || kind == CHUNK_FULL || kind == CHUNK_CONTENTION;
}

/* Step 2. */
static void copy_fact_sizes(struct copying *copying)
{
	struct image *image = copying->image;

	image->fact_sizes = pool_new_array(copying->pool, uint32_t, copying->n_places);
	for (uint32_t i = 0; i < image->n_chunks; i++) {
		struct chunk_header chunk = {0};

		read_at(copying->fd, &chunk, sizeof(chunk), chunk_offset(i));
		memcpy(copying->base + chunk_offset(i), &chunk.kind, sizeof(chunk.kind));
		image->fact_sizes[i] = has_records(chunk.kind) ? chunk.committed : 0;
	}
}

static uint32_t *read_epochs(struct copying *copying)
{
	const struct live_view *view = &copying->image->view;
	uint32_t n = live_n_slots(view), *epochs = pool_new_array(copying->pool, uint32_t, n);

	for (uint32_t i = 0; i < n; i++) {
		const struct live_slot *slot = live_slot_at(view, i);

		if (slot)
			read_at(copying->fd, &epochs[i], sizeof(epochs[i]),
				(uint64_t)((const unsigned char *)&slot->epoch - view->base));
	}
	return epochs;
}

static void copy_chunk(struct copying *copying, uint32_t chunk, uint32_t size)
{
	uint64_t offset = chunk_offset(chunk);

	if (read_at(copying->fd, copying->base + offset, size, offset) < size)
		note_damage(copying->image, copying->pool, "the file ends inside it", chunk);
}

/* Step 3.  A wait is whole when its epoch was the same before and after it was copied. */
static void copy_live_table(struct copying *copying)
{
	const struct live_view *view = &copying->image->view;
	uint32_t *before = read_epochs(copying), *after;

	for (uint32_t i = 0; i < copying->image->n_chunks; i++) {
		uint32_t kind = image_chunk(copying->image, i)->kind;

		if (kind == CHUNK_LIVE || kind == CHUNK_HOLDS)
			copy_chunk(copying, i, TRACE_CHUNK_SIZE);
	}
	after = read_epochs(copying);
	for (uint32_t i = 0; i < live_n_slots(view); i++) {
		struct live_slot *slot = (struct live_slot *)live_slot_at(view, i);

		if (slot && (before[i] != after[i] || slot->epoch != before[i]))
			slot->epoch &= ~1u;
	}
}

/* Chunks that were handed out since step 1 hold definitions that step 3 may need. */
static void count_new_chunks(struct copying *copying)
{
	struct image *image = copying->image;
	uint32_t n = 0;

	read_at(copying->fd, &n, sizeof(n), offsetof(struct trace_header, n_chunks));
	n &= ~TRACE_CLOSED;
	if (n > copying->n_places)
		n = copying->n_places;
	if (n > image->n_chunks && !image->damage)
		image->n_chunks = n;
}

/* Step 4.  Who writes may change its mind about a chunk: what we have says nothing of it that was not checked here. */
static void copy_records(struct copying *copying)
{
	struct image *image = copying->image;

	for (uint32_t i = 0; i < image->n_chunks; i++) {
		struct chunk_header chunk = {0};
		uint32_t most = TRACE_CHUNK_SIZE - sizeof(chunk);

		read_at(copying->fd, &chunk, sizeof(chunk), chunk_offset(i));
		if (has_records(chunk.kind) && chunk.committed > most) {
			note_damage(image, copying->pool, "it says that it holds more than fits", i);
			chunk.committed = most;
		}
		if (has_records(chunk.kind))
			copy_chunk(copying, i, sizeof(chunk) + chunk.committed);
		memcpy(copying->base + chunk_offset(i), &chunk, sizeof(chunk));
	}
}

int image_read(const char *path, struct pool *pool, struct image *ret_image, char **ret_why)
{
	struct copying copying = {.pool = pool, .image = ret_image};
	const char *why;

	memset(ret_image, 0, sizeof(*ret_image));
	copying.fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	why = copying.fd < 0 ? strerror(errno) : copy_header(&copying);
	if (!why) {
		copy_fact_sizes(&copying);
		copy_live_table(&copying);
		count_new_chunks(&copying);
		copy_records(&copying);
	}
	if (copying.fd >= 0)
		close(copying.fd);
	if (why && asprintf(ret_why, "%s: cannot be read: %s", path, why) < 0)
		*ret_why = NULL;
	return why ? -1 : 0;
}

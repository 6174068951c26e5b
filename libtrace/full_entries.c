/* SPDX-License-Identifier: MIT */
/* Full recording: how many entries a thread has, and how long.
 *
 * Most threads use few locks, from few places.  They begin every piece with empty entries: then it can be read without those
 * before it.  To say of many thousands anew what they stand for would fill a piece, and nothing would be short ever: those
 * are kept for some pieces, and there are more of them when they take each other's places.
 */
#include "full_entries.h"

#include "pages.h"

#include <string.h>

enum {
	FEW = 256,			/* entries that are not worth being kept, */
	MOST_FILLING = 15,		/* and pieces for which others are, at most */
	FIRST = 1 << FULL_ENTRY_BITS,
	GROWTH = 4,			/* times as many, each time */
};

_Static_assert(FULL_ENTRIES == FIRST * GROWTH * GROWTH, "it grows twice");

/* Bytes by which the entries of all threads may grow. */
static size_t room_to_grow = (size_t)16 << 20;

static uint32_t count(const struct full_stream *stream)
{
	return (uint32_t)(stream->entry_mask / sizeof(struct full_entry)) + 1;
}

static size_t size_of(uint32_t n)
{
	return n * sizeof(struct full_entry);
}

/* Have many taken the place of others, and is there room for more? */
static cold bool are_too_few(const struct full_stream *stream)
{
	uint32_t n = count(stream);

	return stream->n_replaced > n / 8 && n < FULL_ENTRIES && size_of(n * GROWTH) <= room_to_grow;
}

static cold void empty(struct full_stream *stream)
{
	memset(stream->entries, 0, size_of(count(stream)));
}

/* Makes others, which are empty.  false: no memory. */
static cold bool replace(struct full_stream *stream, uint32_t n)
{
	struct full_entry *entries = pages_new(size_of(n));

	if (!entries)
		return false;
	pages_free(stream->entries, stream->entries ? size_of(count(stream)) : 0);
	stream->entries = entries;
	stream->entry_mask = size_of(n) - sizeof(struct full_entry);
	return true;
}

static cold void grow(struct full_stream *stream)
{
	if (replace(stream, count(stream) * GROWTH))
		room_to_grow -= size_of(count(stream));
	else
		empty(stream);
}

cold bool full_entries_renew(struct full_stream *stream)
{
	bool grows = stream->entries && are_too_few(stream);

	/* A record that is being written refers to them as they are. */
	if (stream->n_pieces &&
	    (stream->busy_in || (stream->n_first > FEW && stream->n_filling < MOST_FILLING && !grows))) {
		stream->n_filling += stream->n_filling < MOST_FILLING;
		return true;
	}
	stream->n_filling = stream->n_first = stream->n_replaced = 0;
	if (!stream->entries)
		return replace(stream, FIRST);
	if (grows)
		grow(stream);
	else
		empty(stream);
	return true;
}

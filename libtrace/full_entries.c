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
	FIRST_SHIFT = 64 - FULL_ENTRY_BITS, LAST_SHIFT = 64 - 16,
	GROWTH = 2,			/* four times as many, each time */
};

_Static_assert(FULL_ENTRIES == 1 << 16, "64 - LAST_SHIFT");

/* Bytes by which the entries of all threads may grow. */
static size_t room_to_grow = (size_t)16 << 20;

static size_t size_of(uint32_t shift)
{
	return sizeof(struct full_entry) << (64 - shift);
}

/* Have many taken the place of others, and is there room for more? */
static cold bool are_too_few(const struct full_stream *stream)
{
	return stream->n_replaced > (1u << (64 - stream->shift)) / 8 && stream->shift > LAST_SHIFT &&
	       size_of(stream->shift - GROWTH) <= room_to_grow;
}

static cold void empty(struct full_stream *stream)
{
	memset(stream->entries, 0, size_of(stream->shift));
}

/* Makes others, which are empty.  false: no memory. */
static cold bool replace(struct full_stream *stream, uint32_t shift)
{
	struct full_entry *entries = pages_new(size_of(shift));

	if (!entries)
		return false;
	pages_free(stream->entries, stream->entries ? size_of(stream->shift) : 0);
	stream->entries = entries;
	stream->shift = shift;
	return true;
}

static cold void grow(struct full_stream *stream)
{
	if (replace(stream, stream->shift - GROWTH))
		room_to_grow -= size_of(stream->shift);
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
		return replace(stream, FIRST_SHIFT);
	if (grows)
		grow(stream);
	else
		empty(stream);
	return true;
}

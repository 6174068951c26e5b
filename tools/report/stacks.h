/* SPDX-License-Identifier: MIT */
/* A recorded stack as a person wants to see it.
 *
 * Three kinds of frames are in a stack: the runtime that started the thread (below main and below a start routine), the
 * user's own code, and library code in between or on top (std::mutex::lock, std::thread::join).  The first kind is left
 * out, because it is the same in every stack.  The innermost frame of the second kind is the stack's *site*: the line to
 * name when there is room for one line only.
 */
#ifndef SNAG_STACKS_H
#define SNAG_STACKS_H

#include "../symbols/symbols.h"
#include "../trace/model.h"
#include "../trace/pool.h"

struct backtrace {
	const struct frame **frames; /* innermost first, inlined ones included */
	size_t n;
	size_t site; /* index of the site; 0 when there is no user code, or no frame at all */
	bool is_cut; /* the recorder kept only the innermost frames */
};

/* The frames of model->stacks[stack]; lives as long as the pool and the symbols. */
struct backtrace *backtrace_new(struct pool *pool, struct symbols *symbols, const struct model *model, uint32_t stack);

/* The site, or NULL for an empty stack. */
const struct frame *backtrace_site(const struct backtrace *backtrace);

/* The outermost frame of the user's own code: what a thread really started with; NULL when there is none. */
const struct frame *backtrace_entry(const struct backtrace *backtrace);

/* Whether a frame belongs to the C or C++ runtime, and not to the user's code. */
bool frame_is_runtime(const struct frame *frame);

/* "at bank.c:41", "in transfer (libbank.so)" or "at libbank.so+0x1234": as much as is known, in few words. */
char *frame_where(struct pool *pool, const struct frame *frame);

/* "libbank.so!transfer": the code without a line, the same after a rebuild.  Without a name there is only the place in the
 * file, "libbank.so+1234". */
const char *frame_code(struct pool *pool, const struct frame *frame);

/* The part of a path after its last slash; NULL stays NULL. */
const char *base_name(const char *path);

#endif

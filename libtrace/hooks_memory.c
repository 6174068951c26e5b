/* SPDX-License-Identifier: MIT */
/* Memory that goes away, with the locks in it.
 *
 * No lock need ever be destroyed, and std::mutex never is: that its memory is given back is the only sign of its end, and
 * the next lock at its address is another one.  So what takes memory away is looked at before it does, by a filter that
 * costs a few nanoseconds (lifetime.h).  C++'s delete comes here by way of free(), or by itself where the allocator has its
 * own (jemalloc, tcmalloc).  An allocator that is linked into the program is not seen.
 */
#undef _FILE_OFFSET_BITS /* it would make mmap another name of mmap64 */
#include "hooks.h"

#include "blocks.h"
#include "lifetime.h"

#include <stdarg.h>
#include <stdlib.h>
#include <sys/mman.h>

/* is_readable: the object itself can say whether somebody has it. */
static cold void end_object(struct thread *t, uintptr_t address, enum object_kind kind, uint32_t stack, bool is_readable)
{
	thread_enter(t);
	record_freed(t, address, kind, stack, !is_readable || words_is_held(address, kind));
	object_end(t, address, stack);
	thread_leave(t);
}

/* The memory is about to go, by a call from pc and frame. */
static cold void end_objects(uintptr_t start, size_t size, bool is_readable, uintptr_t pc, uintptr_t frame)
{
	struct objects_in in = objects_in(start, size);
	struct thread *t;
	enum object_kind kind;
	uintptr_t address;

	while (objects_next(&in, &address, &kind)) {
		t = thread_here(frame);
		if (!t)
			return;
		end_object(t, address, kind, stack_here(t, pc, frame), is_readable);
	}
}

/* A call that takes memory away or does not, which shows when others may have it already. */
struct move {
	struct thread *t;		/* NULL: there is nothing in that memory */
	uintptr_t start;
	size_t size;
	uint32_t stack;
};

static cold void move_begin(struct move *move, uintptr_t start, size_t size, uintptr_t pc, uintptr_t frame)
{
	struct objects_in in = objects_in(start, size);
	enum object_kind kind;
	uintptr_t address;

	*move = (struct move){.start = start, .size = size};
	if (!objects_next(&in, &address, &kind) || !(move->t = thread_here(frame)))
		return;
	move->stack = stack_here(move->t, pc, frame);
	thread_enter(move->t);
	objects_move_begin(start, size);
	thread_leave(move->t);
}

/* What the thread holds there it holds elsewhere now, and will release it there. */
static cold void forget_holds(struct thread *t, uintptr_t start, size_t size)
{
	for (uint32_t i = t->slot->n_holds; i-- > 0;)
		if (t->holds[i].address - start < size)
			record_released_own(t, t->holds[i].address);
}

/* The first `kept` bytes are where they were. */
static cold void move_end(const struct move *move, size_t kept)
{
	if (kept > move->size)
		kept = move->size;
	if (thread_active)
		forget_holds(thread_active, move->start + kept, move->size - kept);
	if (!move->t)
		return;
	thread_enter(move->t);
	objects_move_end(move->t, move->start, kept, move->stack, false);
	objects_move_end(move->t, move->start + kept, move->size - kept, move->stack, true);
	thread_leave(move->t);
}

/* ---- the heap --------------------------------------------------------------------------------------------------- */

static always_inline bool may_have_objects(void *memory)
{
	if (likely(!lifetime_lines) || !memory)
		return false;
	return unlikely(!blocks_have_headers) || lifetime_may_touch((uintptr_t)memory, block_size_in_header(memory));
}

/* ... as it may have for a while, where objects were. */
static cold void had_no_objects(uintptr_t start, size_t size)
{
	struct thread *t = thread_active;

	if (!t)
		return;
	thread_enter(t);
	lifetime_had_none(start, size);
	thread_leave(t);
}

static void end_objects_in_block(void *memory, uintptr_t pc, uintptr_t frame)
{
	uintptr_t start = (uintptr_t)memory;
	size_t size = blocks_have_headers ? block_size_in_header(memory) : block_size(memory);

	if (!lifetime_may_touch(start, size))
		return;
	if (lifetime_touches(start, size))
		end_objects(start, block_size(memory), true, pc, frame);
	else
		had_no_objects(start, size);
}

static __attribute__((noinline)) void free_block(void *memory, uintptr_t pc, uintptr_t frame)
{
	end_objects_in_block(memory, pc, frame);
	real.free(memory);
}

exported void free(void *memory)
{
	if (may_have_objects(memory))
		return free_block(memory, return_address(), caller_frame());
	real.free(memory);
}

cold void hook_freeing(void *memory, uintptr_t pc, uintptr_t frame)
{
	if (may_have_objects(memory))
		end_objects_in_block(memory, pc, frame);
}

static cold void *reallocate(void *memory, size_t size, uintptr_t pc, uintptr_t frame)
{
	struct move move;
	void *moved;

	move_begin(&move, (uintptr_t)memory, block_size(memory), pc, frame);
	moved = real.realloc(memory, size);
	if (moved == memory)
		move_end(&move, block_size(memory));
	else
		move_end(&move, moved || !size ? 0 : move.size);
	return moved;
}

/* reallocarray() comes here too. */
exported void *realloc(void *memory, size_t size)
{
	if (may_have_objects(memory))
		return reallocate(memory, size, return_address(), caller_frame());
	return real.realloc(memory, size);
}

/* ---- mappings --------------------------------------------------------------------------------------------------- */

/* Whole pages, which may be protected; what is not in whole pages is refused by the kernel. */
void hook_unmapping(void *memory, size_t size, uintptr_t pc, uintptr_t frame)
{
	uintptr_t start = (uintptr_t)memory, page = (uintptr_t)1 << LIFETIME_PAGE_BITS;

	size = (size + page - 1) & -page;
	if (lifetime_lines && size && start % page == 0 && start + size > start && lifetime_touches(start, size))
		end_objects(start, size, false, pc, frame);
}

exported int munmap(void *memory, size_t size)
{
	hook_unmapping(memory, size, return_address(), caller_frame());
	return real.munmap(memory, size);
}

#define MAP(call)                                                                                                     \
	if (flags & MAP_FIXED)                                                                                        \
		hook_unmapping(memory, size, return_address(), caller_frame());                                            \
	return call

exported void *mmap(void *memory, size_t size, int protection, int flags, int fd, off_t offset)
{
	MAP(real.mmap(memory, size, protection, flags, fd, offset));
}

exported void *mmap64(void *memory, size_t size, int protection, int flags, int fd, off64_t offset)
{
	MAP(real.mmap64(memory, size, protection, flags, fd, offset));
}

exported void *mremap(void *memory, size_t old_size, size_t size, int flags, ...)
{
	struct move move = {0};
	void *wanted = NULL, *moved;
	va_list more;

	if (flags & MREMAP_FIXED) {
		va_start(more, flags);
		wanted = va_arg(more, void *);
		va_end(more);
		hook_unmapping(wanted, size, return_address(), caller_frame());
	}
	if (lifetime_lines)
		move_begin(&move, (uintptr_t)memory, old_size, return_address(), caller_frame());
	real_need_all();
	moved = real.mremap(memory, old_size, size, flags, wanted);
	if (moved == MAP_FAILED)
		size = old_size;
	else if (moved != memory)
		size = 0;
	move_end(&move, size);
	return moved;
}

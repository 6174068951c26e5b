/* SPDX-License-Identifier: MIT */
/* Call stacks and call contexts: what happens when a context is met for the first time. */
#include "stack.h"

#include "arena.h"
#include "lock.h"
#include "modules.h"
#include "pages.h"
#include "table.h"
#include "writer.h"

#include <dlfcn.h>
#include <string.h>

#define UNW_LOCAL_ONLY
#include <libunwind.h>

enum {
	CONTEXTS_PER_BLOCK = 1 << 12,
	CONTEXT_BLOCKS = 16,
	MAX_CONTEXTS = CONTEXT_BLOCKS * CONTEXTS_PER_BLOCK,
	SMALL_FUNCTION = 256,		/* bytes of code */
	MAX_SAME_PLACE = 64,		/* contexts with one pc and one depth that are told apart */
	MAX_PLACES = 24,		/* frames of a context whose place on the stack is kept */
};

#define TEXT(x) #x
#define NAME_OF(x) TEXT(x)

static struct {
	struct lock lock;
	void *owner;			/* &thread_active of the thread that unwinds */
	/* libunwind's, found by name */
	int (*getcontext)(unw_context_t *context);
	int (*init_local)(unw_cursor_t *cursor, unw_context_t *context);
	int (*step)(unw_cursor_t *cursor);
	int (*get_reg)(unw_cursor_t *cursor, int reg, unw_word_t *ret_value);
	int (*get_proc_info)(unw_cursor_t *cursor, unw_proc_info_t *ret_info);
	int (*get_save_loc)(unw_cursor_t *cursor, int reg, unw_save_loc_t *ret_place);
	void (*flush_cache)(unw_addr_space_t space, unw_word_t low, unw_word_t high);
	unw_addr_space_t *local_space;
} unwinder;

static struct table stacks;		/* hash of the frames -> id */
static struct table records;		/* id -> address of the record */
static uint32_t n_stacks;

static struct table contexts;		/* hash of (pc, depth) -> first of its contexts */
static struct known_context {
	struct context context;
	uint32_t next;			/* the next with the same hash */
	uint16_t place[MAX_PLACES];	/* where frame i's pc lies, in words above the caller's frame; 0 unknown */
} *context_blocks[CONTEXT_BLOCKS];	/* context i, from 1, is in block i / CONTEXTS_PER_BLOCK */
static uint32_t n_contexts;

/* A stack as it is being taken: return addresses, and where in memory each was found (0 unknown). */
struct taken {
	uint32_t n;
	uint32_t is_cut;
	bool is_small;			/* the innermost function: it may be a wrapper */
	uint64_t pc[TRACE_MAX_FRAMES];
	uint64_t place[TRACE_MAX_FRAMES];
};

cold void stack_init(void)
{
	void *library = dlopen("libunwind.so.8", RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);

	if (!library)
		return;
	unwinder.init_local = dlsym(library, NAME_OF(unw_init_local));
	unwinder.step = dlsym(library, NAME_OF(unw_step));
	unwinder.get_reg = dlsym(library, NAME_OF(unw_get_reg));
	unwinder.get_proc_info = dlsym(library, NAME_OF(unw_get_proc_info));
	unwinder.get_save_loc = dlsym(library, NAME_OF(unw_get_save_loc));
	unwinder.flush_cache = dlsym(library, NAME_OF(unw_flush_cache));
	unwinder.local_space = dlsym(library, NAME_OF(unw_local_addr_space));
	unwinder.getcontext = dlsym(library, NAME_OF(unw_tdep_getcontext));
}

cold void stack_fork_begin(void)
{
	lock_acquire(&unwinder.lock);
}

cold void stack_fork_end(void)
{
	lock_release(&unwinder.lock);
}

/* ---- taking a stack --------------------------------------------------------------------------------------------- */

static cold void add_frame(struct taken *taken, uint64_t pc, uint64_t place)
{
	taken->pc[taken->n] = pc;
	taken->place[taken->n] = place;
	taken->n++;
}

/* Where the pc of the cursor's frame was found on the stack, 0 when unknown. */
static cold uint64_t place_of_pc(unw_cursor_t *cursor, uint64_t pc)
{
	unw_save_loc_t place;

	if (unwinder.get_save_loc(cursor, UNW_REG_IP, &place) || place.type != UNW_SLT_MEMORY)
		return 0;
	return *(const uint64_t *)place.u.addr == pc ? place.u.addr : 0;
}

/* One frame outwards.  Stops at code that no module covers: the unwinder would guess. */
static cold bool step(unw_cursor_t *cursor, uint64_t *pc)
{
	unw_word_t value;

	if (unwinder.step(cursor) <= 0 || unwinder.get_reg(cursor, UNW_REG_IP, &value) || !value)
		return false;
	*pc = value;
	return true;
}

/* Skips the shim's own frames: the stack begins where the hook was called. */
static cold bool step_to(unw_cursor_t *cursor, uint64_t pc)
{
	uint64_t at = 0;

	for (int i = 0; i < 16 && step(cursor, &at); i++)
		if (at == pc)
			return true;
	return false;
}

static cold bool is_small(unw_cursor_t *cursor)
{
	unw_proc_info_t function;

	return !unwinder.get_proc_info(cursor, &function) && function.end_ip - function.start_ip <= SMALL_FUNCTION;
}

static cold void unwind(unw_cursor_t *cursor, struct taken *taken)
{
	uint64_t pc = taken->pc[0];

	taken->is_small = is_small(cursor);
	while (taken->n < TRACE_MAX_FRAMES) {
		if (!modules_cover(pc)) {
			taken->is_cut = true;
			return;
		}
		if (!step(cursor, &pc))
			return;
		add_frame(taken, pc, place_of_pc(cursor, pc));
	}
	taken->is_cut = true;
}

/* Called with the unwinder's lock. */
static cold void take(uint64_t pc, struct taken *taken)
{
	unw_context_t context;
	unw_cursor_t cursor;

	taken->n = 0;
	taken->is_small = false;
	taken->is_cut = false;
	add_frame(taken, pc, 0);
	if (unwinder.getcontext && modules_cover(pc)) {
		unwinder.owner = &thread_active;
		unwinder.getcontext(&context);
		if (!unwinder.init_local(&cursor, &context) && step_to(&cursor, pc))
			unwind(&cursor, taken);
		else
			taken->is_cut = true;
		unwinder.owner = NULL;
	} else {
		taken->is_cut = true;
	}
	if (taken->is_cut && taken->n == 1)
		arena_count_lost(LOST_UNWIND);
}

bool stack_is_being_taken(void)
{
	return unwinder.owner == &thread_active;
}

/* ---- writing each once ------------------------------------------------------------------------------------------ */

static cold uint64_t hash_frames(const uint64_t *pc, uint32_t n, uint32_t epoch)
{
	uint64_t hash = epoch + 1;

	for (uint32_t i = 0; i < n; i++)
		hash = mix64(hash ^ pc[i]);
	return hash | 1;
}

static cold uint32_t write_stack(uint32_t thread, const uint64_t *pc, uint32_t n, uint32_t is_cut, uint64_t *id)
{
	struct record_stack fact = {
		.h.thread = thread,
		.id = n_stacks + 1,
		.epoch = snag_trace->module_epoch,
		.n = n,
		.is_cut = is_cut,
	};
	const void *record = writer_append(RECORD_STACK, &fact, sizeof(fact), pc, n * sizeof(*pc));
	uint64_t *place;
	bool is_new;

	if (!record)
		return 0;
	place = table_insert(&records, fact.id, &is_new);
	if (place)
		*place = (uint64_t)(uintptr_t)record;
	*id = ++n_stacks;
	return n_stacks;
}

/* Called with the unwinder's lock. */
static cold uint32_t intern(uint32_t thread, const uint64_t *pc, uint32_t n, uint32_t is_cut)
{
	bool is_new;
	uint64_t *id = table_insert(&stacks, hash_frames(pc, n, snag_trace->module_epoch), &is_new);

	if (!id)
		return 0;
	return *id ? (uint32_t)*id : write_stack(thread, pc, n, is_cut, id);
}

cold const struct record_stack *stack_record(uint32_t id)
{
	const uint64_t *place = id ? table_find(&records, id) : NULL;

	return place ? (const void *)(uintptr_t)*place : NULL;
}

cold uint32_t stack_copy(struct thread *t, const struct record_stack *stack)
{
	uint32_t id;

	lock_acquire(&unwinder.lock);
	id = intern(t->index, stack->pc, stack->n, stack->is_cut);
	lock_release(&unwinder.lock);
	return id;
}

/* ---- contexts --------------------------------------------------------------------------------------------------- */

static struct known_context *context_at(uint32_t i)
{
	return &context_blocks[i / CONTEXTS_PER_BLOCK][i % CONTEXTS_PER_BLOCK];
}

static cold struct known_context *context_new(void)
{
	struct known_context **block = &context_blocks[(n_contexts + 1) / CONTEXTS_PER_BLOCK];

	if (!*block)
		*block = pages_new(CONTEXTS_PER_BLOCK * sizeof(**block));
	return *block ? context_at(++n_contexts) : NULL;
}

/* Looks for a context among all that were met, by any thread; *ret_first is one with the same pc and depth, *ret_n how
 * many there are. */
static cold const struct context *find_context(uint64_t hash, uintptr_t frame, uint32_t *ret_first, uint32_t *ret_n)
{
	const uint64_t *first = table_find(&contexts, hash);
	uint32_t i = first ? (uint32_t)__atomic_load_n(first, __ATOMIC_ACQUIRE) : 0;

	*ret_first = i;
	for (*ret_n = 0; i; i = context_at(i)->next, ++*ret_n)
		if (context_is(&context_at(i)->context, hash, frame))
			return &context_at(i)->context;
	return NULL;
}

/* A word that is always as expected: where the call itself put its return address. */
#ifdef __x86_64__
enum { OWN_WORD = -1 };
#else
#error "Which word beside a caller's frame is known?  context_is() compares it when there are no return addresses above"
#endif

/* The words that tell this context from others with the same pc and depth: where the next return addresses lie.  `readable`
 * is how far above the frame one may read; on a stack that is not the thread's own (a coroutine's) that is not known. */
static cold void set_words(struct context *context, const struct taken *taken, uintptr_t frame, size_t readable)
{
	uint32_t wanted = taken->is_small ? CONTEXT_WORDS : 2, n = 0;

	for (uint32_t i = 1; i < taken->n && n < wanted; i++) {
		uint64_t place = taken->place[i];

		if (place <= frame || place - frame >= readable || (place - frame) / 8 > INT16_MAX)
			break;
		context->word[n++] = (int16_t)((place - frame) / 8);
	}
	for (uint32_t i = n; i < 2; i++)
		context->word[i] = OWN_WORD;
	for (uint32_t i = 0; i < (n > 2 ? n : 2); i++)
		context->sum += ((const uint64_t *)frame)[context->word[i]];
}

static cold void set_places(struct known_context *known, const struct taken *taken, uintptr_t frame)
{
	for (uint32_t i = 1; i < taken->n && i < MAX_PLACES; i++) {
		uint64_t place = taken->place[i];

		known->place[i] = place > frame && (place - frame) / 8 <= UINT16_MAX ? (place - frame) / 8 : 0;
	}
}

static cold void add_context(const struct context *context, const struct taken *taken, uintptr_t frame)
{
	bool is_new;
	uint64_t *first = table_insert(&contexts, context->hash, &is_new);
	struct known_context *known = first ? context_new() : NULL;

	if (!known)
		return;
	known->context = *context;
	known->next = (uint32_t)*first;
	set_places(known, taken, frame);
	__atomic_store_n(first, n_contexts, __ATOMIC_RELEASE);
}

/* Takes the stack of a new context.  Called with the unwinder's lock. */
static cold void take_context(struct thread *t, uintptr_t pc, uintptr_t frame, struct context *context)
{
	static struct taken taken;
	uintptr_t depth = t->stack_base - frame;

	take(pc, &taken);
	context->stack = intern(t->index, taken.pc, taken.n, taken.is_cut);
	set_words(context, &taken, frame, depth < t->stack_size ? depth : 0);
	add_context(context, &taken, frame);
}

static cold uint32_t look_up(struct thread *t, uintptr_t pc, uintptr_t frame)
{
	struct context context = {.hash = context_hash(pc, frame)};
	uint32_t first, n_same;
	const struct context *found = find_context(context.hash, frame, &first, &n_same);

	if (found) {
		context = *found;
	} else if (n_same >= MAX_SAME_PLACE || n_contexts + 1 >= MAX_CONTEXTS) {
		/* The stack of a call from the same place at the same depth: right in its innermost frame. */
		arena_count_cap(CAP_CONTEXTS);
		return first ? context_at(first)->context.stack : intern(t->index, &(uint64_t){pc}, 1, true);
	} else {
		take_context(t, pc, frame, &context);
	}
	*context_place(t, context.hash) = context;
	t->here = (struct thread_here){context.hash, context.sum, frame};
	return context.stack;
}

cold uint32_t stack_of_new_context(struct thread *t, uintptr_t pc, uintptr_t frame)
{
	uint32_t stack;

	thread_enter(t);
	lock_acquire(&unwinder.lock);
	stack = look_up(t, pc, frame);
	lock_release(&unwinder.lock);
	thread_leave(t);
	return stack;
}

/* ---- whose frame is it? ------------------------------------------------------------------------------------------ */

static cold const struct known_context *context_of(const struct thread_here *here)
{
	const uint64_t *first = table_find(&contexts, here->hash);
	uint32_t i = first ? (uint32_t)__atomic_load_n(first, __ATOMIC_ACQUIRE) : 0;

	for (; i; i = context_at(i)->next)
		if (context_at(i)->context.hash == here->hash && context_at(i)->context.sum == here->sum)
			return context_at(i);
	return NULL;
}

cold bool stack_find_return(const struct thread *owner, uintptr_t address, uint64_t *ret_place, uint64_t *ret_pc)
{
	const struct thread_here here = owner->here;
	const struct known_context *known = here.hash && address >= here.frame ? context_of(&here) : NULL;
	const struct record_stack *stack = known ? stack_record(known->context.stack) : NULL;

	for (uint32_t i = 1; stack && i < stack->n && i < MAX_PLACES; i++) {
		uintptr_t place = here.frame + known->place[i] * sizeof(uint64_t);

		if (place <= address)
			continue;
		*ret_place = place;
		*ret_pc = stack->pc[i];
		return place < owner->stack_base && *(const uint64_t *)place == stack->pc[i];
	}
	return false;
}

cold bool stack_meet_module(uintptr_t address)
{
	bool is_covered;

	lock_acquire(&unwinder.lock);
	is_covered = modules_cover(address);
	lock_release(&unwinder.lock);
	return is_covered;
}

/* ---- forgetting ------------------------------------------------------------------------------------------------- */

cold void stacks_reset(void)
{
	table_clear(&stacks);
	table_clear(&records);
	table_clear(&contexts);
	for (int i = 0; i < CONTEXT_BLOCKS; i++) {
		pages_free(context_blocks[i], CONTEXTS_PER_BLOCK * sizeof(struct known_context));
		context_blocks[i] = NULL;
	}
	n_stacks = n_contexts = 0;
	unwinder.lock.word = 0;
	unwinder.owner = NULL;
	for (struct thread *t = threads_all(); t; t = t->next_state)
		memset(t->contexts, 0, sizeof(t->contexts));
}

/* A stack that leads through code that is no longer there may not be found again: other code may come to lie there. */
static cold bool is_through_gone(uint32_t stack)
{
	const struct record_stack *record = stack_record(stack);

	for (uint32_t i = 0; record && i < record->n; i++)
		if (!modules_cover(record->pc[i]))
			return true;
	return false;
}

/* One store wipes a context, in another thread's cache too: code that is unloaded is not being called. */
static cold void forget_if_gone(struct context *context)
{
	if (context->hash && is_through_gone(context->stack))
		__atomic_store_n(&context->hash, 0, __ATOMIC_RELAXED);
}

cold void stacks_forget_gone(struct thread *t)
{
	thread_enter(t);
	lock_acquire(&unwinder.lock);
	if (modules_forget_gone(t)) {
		for (uint32_t i = 1; i <= n_contexts; i++)
			forget_if_gone(&context_at(i)->context);
		for (struct thread *other = threads_all(); other; other = other->next_state)
			for (int i = 0; i < CONTEXT_CACHE; i++)
				forget_if_gone(&other->contexts[i]);
		if (unwinder.flush_cache)
			unwinder.flush_cache(*unwinder.local_space, 0, 0);
	}
	lock_release(&unwinder.lock);
	thread_leave(t);
}

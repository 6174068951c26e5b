/* SPDX-License-Identifier: MIT */
/* Call stacks: taken by libunwind, and written once each. */
#include "stack.h"

#include "arena.h"
#include "lifetime.h"
#include "lock.h"
#include "machine.h"
#include "modules.h"
#include "peek.h"
#include "real.h"
#include "table.h"
#include "writer.h"

#include <dlfcn.h>
#include <signal.h>
#include <string.h>
#include <ucontext.h>

#define UNW_LOCAL_ONLY
#include <libunwind.h>

enum { SMALL_FUNCTION = 128, LARGE_FUNCTION = 4096 };	/* bytes of code */
enum { RECENT = 8 };			/* threads */
enum { ROOM_TO_UNWIND = 5120 };		/* bytes of stack */
enum { PAGE = 1 << LIFETIME_PAGE_BITS };

#define TEXT(x) #x
#define NAME_OF(x) TEXT(x)

#if CONTEXT_IS_INLINE
#define take_registers(context) unw_tdep_getcontext(context)
#else
#define take_registers(context) unwinder.getcontext(context)
#endif

static struct {
	struct lock lock;
	void *owner;			/* &thread_active of the thread that unwinds, ... */
	uintptr_t end;			/* ... and how far its stack can be read */
	/* libunwind's, found by name */
	int (*getcontext)(unw_context_t *context);
	int (*init_local)(unw_cursor_t *cursor, unw_context_t *context);
	int (*step)(unw_cursor_t *cursor);
	int (*get_reg)(unw_cursor_t *cursor, int reg, unw_word_t *ret_value);
	int (*get_proc_info)(unw_cursor_t *cursor, unw_proc_info_t *ret_info);
	int (*get_proc_info_by_ip)(unw_addr_space_t space, unw_word_t pc, unw_proc_info_t *ret_info, void *argument);
	int (*get_save_loc)(unw_cursor_t *cursor, int reg, unw_save_loc_t *ret_place);
	unw_accessors_t *(*get_accessors)(unw_addr_space_t space);
	int (*access_mem)(unw_addr_space_t space, unw_word_t at, unw_word_t *value, int is_write, void *argument);
	void (*flush_cache)(unw_addr_space_t space, unw_word_t low, unw_word_t high);
	unw_addr_space_t *local_space;
} unwinder;

/* The last stack that was taken of each thread, and where that ends. */
static struct recent {
	uintptr_t base;
	struct taken taken;
} recent[RECENT];
static uint32_t newest_recent;

static struct table functions;		/* pc -> is the function around it small? */
static struct table stacks;		/* hash of the frames -> id */
static struct table records;		/* id -> address of the record */
static uint32_t n_stacks;

/* Above a frame there is memory up to this place at least: a thread's own stack reaches to the page of its base; of another, a
 * coroutine's, no more is known than the page of the frame. */
static cold uintptr_t end_of_stack(const struct thread *t, uintptr_t frame)
{
	bool is_own = t->stack_base - frame < t->stack_size;

	return ((is_own ? t->stack_base : frame) | (PAGE - 1)) + 1;
}

/* The kernel is asked.  A page that follows is asked for once. */
static cold bool read_unsure(uintptr_t at, unw_word_t *ret_value)
{
	if (at - unwinder.end <= PAGE - sizeof(*ret_value) && peek_unsure(unwinder.end, sizeof(*ret_value), ret_value))
		unwinder.end += PAGE;
	return peek_unsure(at, sizeof(*ret_value), ret_value);
}

/* The bottom of a coroutine's stack leads anywhere: nothing is taken to be there but what is known to be. */
static always_inline bool read_word(uintptr_t at, unw_word_t *ret_value)
{
	uintptr_t own = caller_frame();

	if (unlikely(at - own > unwinder.end - own - sizeof(*ret_value)))
		return read_unsure(at, ret_value);
	memcpy(ret_value, (const void *)at, sizeof(*ret_value));
	return true;
}

/* What the unwinder reads. */
static cold int read_stack(unw_addr_space_t space, unw_word_t at, unw_word_t *value, int is_write, void *argument)
{
	if (is_write || !stack_is_being_taken())
		return unwinder.access_mem(space, at, value, is_write, argument);
	return read_word(at, value) ? 0 : -UNW_EUNSPEC;
}

/* Makes it initialise itself, too. */
static cold void serve_unwinder(void)
{
	unw_accessors_t *accessors;

	unwinder.owner = &thread_active;
	accessors = unwinder.get_accessors(*unwinder.local_space);
	unwinder.access_mem = accessors->access_mem;
	accessors->access_mem = read_stack;
	unwinder.owner = NULL;
}

cold void stack_init(void)
{
	void *library = real.dlopen("libunwind.so.8", RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);

	if (!library)
		return;
	unwinder.init_local = dlsym(library, NAME_OF(unw_init_local));
	unwinder.step = dlsym(library, NAME_OF(unw_step));
	unwinder.get_reg = dlsym(library, NAME_OF(unw_get_reg));
	unwinder.get_proc_info = dlsym(library, NAME_OF(unw_get_proc_info));
	unwinder.get_proc_info_by_ip = dlsym(library, NAME_OF(unw_get_proc_info_by_ip));
	unwinder.get_save_loc = dlsym(library, NAME_OF(unw_get_save_loc));
	unwinder.get_accessors = dlsym(library, NAME_OF(unw_get_accessors));
	unwinder.flush_cache = dlsym(library, NAME_OF(unw_flush_cache));
	unwinder.local_space = dlsym(library, NAME_OF(unw_local_addr_space));
#if !CONTEXT_IS_INLINE
	unwinder.getcontext = dlsym(library, NAME_OF(unw_tdep_getcontext));
#endif
	serve_unwinder();
}

cold void stack_lock(void)
{
	lock_acquire(&unwinder.lock);
}

cold void stack_unlock(void)
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
	unw_save_loc_t saved;
	unw_word_t place = 0, value;

	if (unwinder.get_save_loc(cursor, RETURN_ADDRESS, &saved))
		return 0;
	if (saved.type == UNW_SLT_MEMORY)
		place = saved.u.addr;
	else if (CALL_PUSHES && !unwinder.get_reg(cursor, UNW_REG_SP, &place))
		place -= sizeof(uint64_t); /* libunwind 1.3 does not say it */
	return place && read_word(place, &value) && value == pc ? place : 0;
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

/* The unwinder, which goes through all libraries for that, is asked once for each pc. */
static cold bool is_small(unw_cursor_t *cursor, uint64_t pc)
{
	bool is_new, answer;
	uint64_t *known = table_insert(&functions, pc, &is_new);
	unw_proc_info_t function;

	if (known && !is_new)
		return *known;
	answer = !unwinder.get_proc_info(cursor, &function) && function.end_ip - function.start_ip <= SMALL_FUNCTION;
	if (known)
		*known = answer;
	return answer;
}

/* Does a signal handler return to there?  Unwinders know it by its code, too. */
static always_inline bool is_sigreturn(uint64_t pc)
{
	return !memcmp((const void *)pc, SIGRETURN, sizeof(SIGRETURN) - 1);
}

/* Is it inside kill() or tgkill()? */
static cold bool is_sending(uintptr_t interrupted_pc)
{
	uintptr_t call = interrupted_pc - SIZE_OF_CALL;

	return modules_have_code(call) && modules_have_code(interrupted_pc - 1) && is_call_of_kill((const unsigned char *)call);
}

/* The cursor is in the frame that the kernel made for a handler, which ends where what was interrupted is kept. */
static cold void note_handler(unw_cursor_t *cursor, struct taken *taken)
{
	const ucontext_t *interrupted;
	unw_word_t place, mask, pc;

	if (unwinder.get_reg(cursor, UNW_REG_SP, &place))
		return;
	interrupted = (const ucontext_t *)(place + CONTEXT_ABOVE);
	if (!read_word((uintptr_t)&interrupted->uc_sigmask, &mask) || !read_word((uintptr_t)&INTERRUPTED_PC(interrupted), &pc))
		return;
	taken->n_in_handler = taken->n > 1 ? taken->n - 1 : 1; /* 1: the handler has jumped to the function that it ends with */
	taken->blocked_before = mask;
	taken->is_own_signal = is_sending(pc);
}

/* Where the function begins that calls from there. */
static cold uint64_t function_around(uint64_t pc)
{
	unw_proc_info_t info;

	return unwinder.get_proc_info_by_ip(*unwinder.local_space, pc - 1, &info, NULL) ? 0 : info.start_ip;
}

static cold bool is_inside_of(uint64_t pc, uint64_t function)
{
	return pc - function < LARGE_FUNCTION && function_around(pc) == function;
}

/* The frame that the cursor is in was added last. */
static cold void look_around(unw_cursor_t *cursor, struct taken *taken)
{
	uint64_t pc = taken->pc[taken->n - 1];

	if (!taken->n_in_handler && is_sigreturn(pc)) {
		note_handler(cursor, taken);
		taken->handler = taken->n > 1 ? function_around(taken->pc[taken->n - 2]) : 0;
	}
	if (is_inside_of(pc, (uintptr_t)real.dlopen) || is_inside_of(pc, (uintptr_t)real.dlclose))
		taken->n_in_loader = taken->n;
}

/* ---- what lies further out is most often what it was the last time ----------------------------------------------- */

static cold struct taken *recent_of(uintptr_t base)
{
	for (int i = 0; i < RECENT; i++)
		if (recent[i].base == base)
			return &recent[i].taken;
	newest_recent = (newest_recent + 1) % RECENT;
	recent[newest_recent] = (struct recent){.base = base};
	return &recent[newest_recent].taken;
}

/* Are all frames further out than `i` on the stack still?  If not, *ret_gone is one that is not. */
static cold bool is_still_around(const struct taken *before, uint32_t i, uint32_t *ret_gone)
{
	while (++i < before->n)
		if (before->place[i] <= before->place[i - 1] || *(const uint64_t *)before->place[i] != before->pc[i]) {
			*ret_gone = i;
			return false;
		}
	return true;
}

/* When the newest frame was there before, and those around it still are, they are not unwound again.  *from: where to look for
 * it. */
static cold bool end_as_before(struct taken *taken, const struct taken *before, uint32_t *from)
{
	uint64_t pc = taken->pc[taken->n - 1], place = taken->place[taken->n - 1];

	while (*from < before->n && before->place[*from] < place)
		++*from;
	if (!place || *from >= before->n || before->place[*from] != place || before->pc[*from] != pc ||
	    !is_still_around(before, *from, from))
		return false;
	for (uint32_t i = *from + 1; i < before->n && taken->n < TRACE_MAX_FRAMES; i++)
		add_frame(taken, before->pc[i], before->place[i]);
	taken->is_cut = before->is_cut || taken->n == TRACE_MAX_FRAMES;
	return true;
}

static cold bool is_all_own(const struct thread *t, const struct taken *taken)
{
	uintptr_t low = t->stack_base - t->stack_size;

	for (uint32_t i = 2; i < taken->n_unwound; i++)
		if (taken->place[i] && taken->place[i] - low >= unwinder.end - low)
			return false;
	return taken->n > 1 && t->stack_base - taken->place[1] < t->stack_size;
}

/* What is in one frame and is said of all, or ends at the limit, would have to be found out again; and a stack that is not the
 * thread's own (a coroutine's) may be gone when it is compared. */
static cold void keep_for_later(const struct thread *t, const struct taken *taken, struct taken *recently)
{
	if (!taken->n_in_handler && !taken->n_in_loader && taken->n < TRACE_MAX_FRAMES && is_all_own(t, taken))
		*recently = *taken;
}

static cold void unwind(unw_cursor_t *cursor, struct taken *taken, const struct taken *before)
{
	uint64_t pc = taken->pc[0];
	bool is_innermost = true;
	uint32_t from = 1;

	while (taken->n < TRACE_MAX_FRAMES) {
		if (!modules_have_code(pc)) {
			taken->is_cut = true;
			return;
		}
		is_innermost = is_innermost && taken->n_small < MAX_SMALL && is_small(cursor, pc);
		taken->n_small += is_innermost;
		look_around(cursor, taken);
		if (!step(cursor, &pc))
			return;
		add_frame(taken, pc, place_of_pc(cursor, pc));
		taken->n_unwound = taken->n;
		if (!is_innermost && end_as_before(taken, before, &from))
			return;
	}
	taken->is_cut = true;
}

/* A handler may have a stack that is just large enough for itself: then the innermost frame has to do. */
static cold bool is_room_to_unwind(const struct thread *t)
{
	uintptr_t here = caller_frame();
	stack_t other;

	if (t->stack_base - here < t->stack_size || sigaltstack(NULL, &other) || !(other.ss_flags & SS_ONSTACK))
		return true;
	return here - (uintptr_t)other.ss_sp > ROOM_TO_UNWIND;
}

static cold void count_lost(const struct taken *taken)
{
	if (taken->is_cut && taken->n == 1)
		arena_count_lost(LOST_UNWIND, 1);
}

/* Its frame is large. */
static cold __attribute__((noinline)) void take_by_unwinder(const struct thread *t, struct taken *taken)
{
	struct taken *recently = recent_of(t->stack_base);
	unw_context_t context;
	unw_cursor_t cursor;

	unwinder.end = end_of_stack(t, caller_frame());
	unwinder.owner = &thread_active;
	take_registers(&context);
	if (!unwinder.init_local(&cursor, &context) && step_to(&cursor, taken->pc[0]))
		unwind(&cursor, taken, recently);
	else
		taken->is_cut = true;
	unwinder.owner = NULL;
	keep_for_later(t, taken, recently);
	count_lost(taken);
}

cold void stack_take(const struct thread *t, uint64_t pc, struct taken *taken)
{
	taken->n = taken->n_unwound = taken->n_small = taken->n_in_handler = taken->n_in_loader = 0;
	taken->is_own_signal = false;
	taken->is_cut = false;
	add_frame(taken, pc, 0);
	if (unwinder.init_local && modules_cover(pc) && is_room_to_unwind(t)) {
		take_by_unwinder(t, taken); /* a jump: one frame less to unwind */
		return;
	}
	taken->is_cut = true;
	count_lost(taken);
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

cold uint32_t stack_intern(uint32_t thread, const uint64_t *pc, uint32_t n, uint32_t is_cut)
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
	id = stack_intern(t->index, stack->pc, stack->n, stack->is_cut);
	lock_release(&unwinder.lock);
	return id;
}

cold bool stack_meet_module(uintptr_t address)
{
	bool is_covered;

	lock_acquire(&unwinder.lock);
	is_covered = modules_cover(address);
	lock_release(&unwinder.lock);
	return is_covered;
}

cold bool stack_leads_nowhere(uint32_t stack)
{
	const struct record_stack *record = stack_record(stack);

	for (uint32_t i = 0; record && i < record->n; i++)
		if (!modules_cover(record->pc[i]))
			return true;
	return false;
}

cold void stack_forget_unloaded(void)
{
	memset(recent, 0, sizeof(recent));
	table_clear(&functions);
	if (unwinder.flush_cache)
		unwinder.flush_cache(*unwinder.local_space, 0, 0);
}

cold void stacks_reset(void)
{
	table_clear(&stacks);
	table_clear(&records);
	memset(recent, 0, sizeof(recent));
	n_stacks = 0;
	unwinder.lock.word = 0;
	unwinder.owner = NULL;
}

/* SPDX-License-Identifier: MIT */
/* Gates: who waits at one, and when it opens. */
#include "steer.h"

#include "arena.h"
#include "births.h"
#include "lock.h"
#include "objects.h"
#include "options.h"
#include "steer_movers.h"
#include "steer_perturb.h"
#include "steer_schedule.h"
#include "writer.h"

#include <errno.h>
#include <string.h>

enum {
	FIRST_LOOK_NS = 50000,	   /* after that long a thread at a gate looks whether it waits in vain, ... */
	LONGEST_LOOK_NS = 1000000, /* ... then after twice as long, up to this */
	MAX_IN_VAIN = 20,	   /* and MAX_MEETINGS: then the program runs on as it likes */
	MAX_MEETINGS = 20,
	ALWAYS_COMES = 8,    /* to a gate, in vain; then less and less often */
	ALWAYS_RELEASES = 4, /* a part is held back so often after releases, then only each power of two */
};

/* How often this thread has done what a part does. */
static __thread uint32_t n_times[SCHEDULE_PARTS] __attribute__((tls_model("initial-exec")));

/* A thread that waits at a gate; on its own stack. */
struct stop {
	struct thread *t;
	enum stop_kind {
		STOP_PART,    /* it has come to where a part is */
		STOP_LAST,    /* the others are to come before it takes its first lock */
		STOP_RELEASE, /* it has released a lock that others may take */
	} kind;
	uint32_t part;
	uint64_t begun_ns, until_ns;
	bool is_open;
	struct stop *next;
};

/* One part of the schedule. */
struct gate {
	struct thread *t;    /* who has come; NULL: nobody */
	uint64_t want, held; /* addresses */
	uint32_t n_in_vain, n_skipped;
	uint32_t n_releases;
};

static struct {
	struct lock lock;
	struct schedule schedule;
	struct gate gates[SCHEDULE_PARTS];
	struct stop *stops;
	uint32_t n_came; /* gates with somebody at them */
	uint32_t n_in_vain, n_meetings;
	uint32_t changes; /* a futex: raised when stops were opened */
	/* the parts that met last */
	struct thread *met[SCHEDULE_PARTS];
} steer;

/* ---- gates open ------------------------------------------------------------------------------------------------- */

static cold void record(struct thread *t, enum steer_act act, uint32_t part, const struct live_slot *other,
			uint32_t object)
{
	struct record_steer fact = {
		.h.thread = t->index,
		.act = act,
		.part = part,
		.object = object,
		.other = other ? other->thread : 0,
		.other_stack = other ? other->want_stack : 0,
		.other_kind = other ? other->want_kind : OBJECT_NONE,
	};

	if (birth_note_late(t))
		writer_append(RECORD_STEER, &fact, sizeof(fact), NULL, 0);
}

/* From now on it counts among those that can move. */
static cold void open_stop(struct stop *stop)
{
	stop->is_open = true;
	__atomic_fetch_and(&stop->t->slot->flags, ~(uint32_t)SLOT_GATED, __ATOMIC_RELEASE);
	steer.changes++;
	real.syscall(SYS_futex, &steer.changes, FUTEX_WAKE_PRIVATE, INT32_MAX, NULL, NULL, 0);
}

static cold bool open_all(enum stop_kind kind)
{
	bool any = false;

	for (struct stop *stop = steer.stops; stop; stop = stop->next)
		if (stop->kind == kind && !stop->is_open) {
			open_stop(stop);
			any = true;
		}
	return any;
}

static cold void leave_gate(struct gate *gate)
{
	steer.n_came -= gate->t != NULL;
	gate->t = NULL;
}

static cold uint32_t count_waiters(const struct live_view *view, const struct thread *t)
{
	uint32_t n = 0;

	for (uint32_t i = next_waiter(view, t, 0); i != WAIT_NOBODY; i = next_waiter(view, t, i + 1))
		n++;
	return n;
}

/* Nobody moves: the thread that most others wait for goes on. */
static cold void open_in_vain(struct thread *t, const struct live_view *view)
{
	struct stop *chosen = NULL;
	const struct live_slot *other;
	uint32_t most = 0, object = 0, n;

	for (struct stop *stop = steer.stops; stop; stop = stop->next) {
		n = stop->kind == STOP_PART && !stop->is_open ? count_waiters(view, stop->t) + 1 : 0;
		if (n >= most && n) { /* the oldest is the last of the list */
			most = n;
			chosen = stop;
		}
	}
	if (!chosen)
		return;
	n = next_waiter(view, chosen->t, 0);
	other = n != WAIT_NOBODY ? live_slot_at(view, n) : any_waiter(view);
	if (n != WAIT_NOBODY)
		object = object_id(t, other->want_address, other->want_kind, other->want_stack);
	record(chosen->t, STEER_IN_VAIN, chosen->part, other, object);
	steer.gates[chosen->part].n_in_vain++;
	steer.gates[chosen->part].n_skipped = 0;
	steer.n_in_vain++;
	leave_gate(&steer.gates[chosen->part]);
	open_stop(chosen);
}

/* All that are gated and could have waited for others do so in vain: those go first that wait only for better luck. */
static cold void look_for_vanity(struct thread *t)
{
	struct live_view view = arena_view();

	if (!nobody_moves(&view))
		return;
	if (!open_all(STOP_RELEASE) && !open_all(STOP_LAST))
		open_in_vain(t, &view);
}

/* Do all wait, or have signalled, of the parts that met and need not wait for others to do so? */
static cold bool others_are_done(void)
{
	uint32_t epoch;

	for (uint32_t i = 0; i < steer.schedule.n_parts; i++)
		if (!steer.schedule.parts[i].is_behind && steer.met[i] &&
		    !(wait_is_endless(steer.met[i]->slot, &epoch) && is_asleep(steer.met[i]->slot->tid)))
			return false;
	return true;
}

/* All have come. */
static cold void meet(struct thread *t, uint32_t part)
{
	record(t, STEER_MEETING, part, NULL, 0);
	steer.n_meetings++;
	__atomic_fetch_add(&snag_trace->n_meetings, 1, __ATOMIC_RELEASE);
	for (uint32_t i = 0; i < steer.schedule.n_parts; i++) {
		steer.met[i] = steer.gates[i].t;
		leave_gate(&steer.gates[i]);
	}
	for (struct stop *stop = steer.stops; stop; stop = stop->next)
		if (stop->kind == STOP_PART && !stop->is_open && !steer.schedule.parts[stop->part].is_behind)
			open_stop(stop);
	live_ring();
}

/* A thread at a gate looks whether it may go on.  Called with the lock. */
static cold void look(struct stop *stop)
{
	uint64_t now = now_ns();
	bool has_met = stop->kind == STOP_PART && steer.gates[stop->part].t != stop->t;

	if (has_met && others_are_done())
		open_stop(stop);
	if (!stop->is_open && !has_met)
		look_for_vanity(stop->t);
	if (stop->is_open || now < stop->until_ns)
		return;
	if (stop->kind == STOP_PART && !has_met) {
		record(stop->t, STEER_LATE, stop->part, NULL, 0);
		steer.gates[stop->part].n_in_vain++;
		leave_gate(&steer.gates[stop->part]);
	}
	open_stop(stop);
}

/* ---- waiting at a gate ------------------------------------------------------------------------------------------ */

static cold void remove_stop(struct stop *stop)
{
	struct stop **at = &steer.stops;

	while (*at != stop)
		at = &(*at)->next;
	*at = stop->next;
}

/* Called with the lock, with which it returns; in between the guard is open. */
static cold void wait_at_gate(struct stop *stop)
{
	uint64_t patience = FIRST_LOOK_NS;
	int saved_errno;

	stop->next = steer.stops;
	steer.stops = stop;
	__atomic_fetch_or(&stop->t->slot->flags, SLOT_GATED, __ATOMIC_RELEASE);
	look(stop);
	while (!stop->is_open) {
		uint32_t seen = steer.changes;
		struct timespec time = {.tv_nsec = (long)patience};

		lock_release(&steer.lock);
		thread_leave(stop->t);
		saved_errno = errno;
		real.syscall(SYS_futex, &steer.changes, FUTEX_WAIT_PRIVATE, seen, &time, NULL, 0);
		errno = saved_errno;
		thread_enter(stop->t);
		lock_acquire(&steer.lock);
		patience = patience < LONGEST_LOOK_NS ? patience * 2 : LONGEST_LOOK_NS;
		if (!stop->is_open)
			look(stop);
	}
	remove_stop(stop);
}

static cold void stop_here(struct thread *t, enum stop_kind kind, uint32_t part, uint32_t ms)
{
	uint64_t now = now_ns();
	struct stop stop = {.t = t, .kind = kind, .part = part, .begun_ns = now, .until_ns = now + ms * 1000000ull};

	wait_at_gate(&stop);
}

/* ---- who belongs at which gate ---------------------------------------------------------------------------------- */

static cold bool is_lock(uint8_t lock, struct thread *t, uint64_t address, enum object_kind kind, uint32_t stack)
{
	uint32_t object =
		kind == OBJECT_THREAD ? object_of_thread(t, (uint32_t)address) : object_id(t, address, kind, stack);

	return schedule_locks(&steer.schedule, object) >> lock & 1;
}

/* Does the thread hold what the part is to hold?  *ret_address is which lock it is. */
static cold bool holds_its_lock(struct thread *t, const struct schedule_part *part, uint64_t *ret_address)
{
	*ret_address = 0;
	if (part->held_site == SCHEDULE_NONE) {
		if (part->held_lock != SCHEDULE_NONE)
			*ret_address = t->index;
		return true;
	}
	for (uint32_t i = t->slot->n_holds; i-- > 0;) {
		const struct live_hold *hold = &t->holds[i];

		*ret_address = hold->address;
		if (schedule_sites(&steer.schedule, hold->stack) >> part->held_site & 1 &&
		    is_lock(part->held_lock, t, hold->address, hold->kind, hold->stack))
			return true;
	}
	return false;
}

/* Is one lock of the schedule one lock here, and another another? */
static cold bool agree(uint8_t a, uint64_t address_a, uint8_t b, uint64_t address_b)
{
	if (a == SCHEDULE_NONE || b == SCHEDULE_NONE)
		return true;
	return (a == b) == (address_a == address_b);
}

/* Does what a thread wants and holds go with what those have who have come? */
static cold bool goes_with(uint32_t part, uint64_t want, uint64_t held)
{
	const struct schedule_part *own = &steer.schedule.parts[part], *other = steer.schedule.parts;

	for (uint32_t i = 0; i < steer.schedule.n_parts; i++, other++) {
		const struct gate *gate = &steer.gates[i];

		if (gate->t && !(agree(own->lock, want, other->lock, gate->want) &&
				 agree(own->lock, want, other->held_lock, gate->held) &&
				 agree(own->held_lock, held, other->lock, gate->want) &&
				 agree(own->held_lock, held, other->held_lock, gate->held)))
			return false;
	}
	return true;
}

/* After some times in vain it comes to the gate half as often after each. */
static cold bool is_due(struct gate *gate)
{
	return gate->n_in_vain < ALWAYS_COMES || ++gate->n_skipped >> (gate->n_in_vain - ALWAYS_COMES + 1);
}

static cold bool comes_to(struct thread *t, uint32_t i, const struct live_want *want, enum dep_op op)
{
	const struct schedule_part *part = &steer.schedule.parts[i];
	struct gate *gate = &steer.gates[i];
	uint64_t held;

	if (part->op != op || !(schedule_sites(&steer.schedule, want->stack) >> part->site & 1) ||
	    !is_lock(part->lock, t, want->address, want->kind, want->stack) || !holds_its_lock(t, part, &held))
		return false;
	if (++n_times[i] != part->turn && part->turn)
		return false;
	if (gate->t || !goes_with(i, want->address, held) || !is_due(gate))
		return false;
	gate->t = t;
	gate->want = want->address;
	gate->held = held;
	return true;
}

/* It has come to where a part is. */
static cold void come(struct thread *t, uint32_t part)
{
	steer.n_came++;
	record(t, STEER_CAME, part, NULL, 0);
	open_all(STOP_RELEASE);
	if (steer.n_came == steer.schedule.n_parts) {
		meet(t, part);
		if (!steer.schedule.parts[part].is_behind)
			return;
	} else if (steer.n_came + 1 == steer.schedule.n_parts) {
		open_all(STOP_LAST);
	}
	if (steer.schedule.parts[part].op != OP_WAIT || steer.schedule.parts[part].is_behind)
		stop_here(t, STOP_PART, part, steer.schedule.gate_ms);
}

/* Is it about to take the first lock of the part that is to be last, while others have not come? */
static cold bool is_too_early(struct thread *t, const struct live_want *want, enum dep_op op)
{
	const struct schedule_part *part = &steer.schedule.parts[steer.schedule.last];

	return steer.schedule.last < steer.schedule.n_parts && op == OP_ACQUIRE && part->held_site != SCHEDULE_NONE &&
	       steer.n_came + 1 < steer.schedule.n_parts && !steer.gates[steer.schedule.last].n_in_vain &&
	       schedule_sites(&steer.schedule, want->stack) >> part->held_site & 1 &&
	       is_lock(part->held_lock, t, want->address, want->kind, want->stack);
}

static bool has_given_up(void)
{
	return steer.n_in_vain >= MAX_IN_VAIN || steer.n_meetings >= MAX_MEETINGS;
}

/* The thread is about to do something that the schedule may speak of. */
static cold void follow_schedule(struct thread *t, const struct live_want *want, enum dep_op op)
{
	if (!schedule_sites(&steer.schedule, want->stack))
		return;
	lock_acquire(&steer.lock);
	if (is_too_early(t, want, op))
		stop_here(t, STOP_LAST, steer.schedule.last, steer.schedule.gate_ms);
	for (uint32_t i = 0; i < steer.schedule.n_parts; i++)
		if (comes_to(t, i, want, op)) {
			come(t, i);
			break;
		}
	lock_release(&steer.lock);
}

cold void steer_hold_back(struct thread *t, const struct live_want *want, enum dep_op op)
{
	if (options.seed)
		perturb_before(t, want);
	if (!steer.schedule.n_parts || has_given_up() || want->flags & DEP_REACQUIRE)
		return;
	thread_enter(t);
	follow_schedule(t, want, op);
	thread_leave(t);
}

/* ---- other moments ---------------------------------------------------------------------------------------------- */

/* Does the thread still hold the lock of a part, which is due to be held back? */
static cold bool is_within(struct thread *t, uint32_t i)
{
	const struct schedule_part *part = &steer.schedule.parts[i];
	uint64_t held;
	uint32_t n;

	if (part->held_site == SCHEDULE_NONE || !holds_its_lock(t, part, &held))
		return false;
	n = ++steer.gates[i].n_releases;
	return n <= ALWAYS_RELEASES || !(n & (n - 1));
}

cold void steer_after_release(void)
{
	struct thread *t = thread_active;

	if (t && options.seed)
		perturb_after_release(t);
	if (!t || !t->slot->n_holds || !steer.schedule.release_ms || has_given_up())
		return;
	thread_enter(t);
	lock_acquire(&steer.lock);
	for (uint32_t i = 0; i < steer.schedule.n_parts && !steer.n_came; i++)
		if (is_within(t, i)) {
			stop_here(t, STOP_RELEASE, i, steer.schedule.release_ms);
			break;
		}
	lock_release(&steer.lock);
	thread_leave(t);
}

/* A part that waits has come as long as it waits. */
cold void steer_end_wait(struct thread *t)
{
	thread_enter(t);
	lock_acquire(&steer.lock);
	for (uint32_t i = 0; i < steer.schedule.n_parts; i++)
		if (steer.gates[i].t == t)
			leave_gate(&steer.gates[i]);
	lock_release(&steer.lock);
	thread_leave(t);
}

/* Who met the others to signal has done so. */
cold void steer_after_signal(void)
{
	struct thread *t = thread_active;

	if (!t || !steer.schedule.n_parts)
		return;
	thread_enter(t);
	lock_acquire(&steer.lock);
	for (uint32_t i = 0; i < steer.schedule.n_parts; i++)
		if (steer.met[i] == t && steer.schedule.parts[i].op == OP_SIGNAL)
			steer.met[i] = NULL;
	lock_release(&steer.lock);
	thread_leave(t);
}

/* ---- the beginning ---------------------------------------------------------------------------------------------- */

cold bool steer_init(void)
{
	if (options.seed)
		perturb_init();
	switches.steers = options.seed || (options.schedule[0] && schedule_read(&steer.schedule, options.schedule));
	if (switches.steers)
		options.calls_libc = true;
	return switches.steers;
}

cold void steer_reset(void)
{
	schedule_forget();
	memset(steer.gates, 0, sizeof(steer.gates));
	steer.stops = NULL;
	steer.n_came = steer.n_in_vain = steer.n_meetings = 0;
	movers_reset();
	perturb_reset();
	steer.lock.word = 0;
}

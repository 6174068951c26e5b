/* SPDX-License-Identifier: MIT */
/* What a stack is inside of. */
#include "inside.h"

#include "lock.h"
#include "table.h"
#include "writer.h"

enum { SIGNALS = 64 };

static uintptr_t handlers[SIGNALS];	/* the newest one of each */
static struct table noted;		/* stack -> the open signals that were written for it */
static struct table loaders;		/* stack -> where the loader was called */

void inside_handles(int number, uintptr_t handler)
{
	if (number < 1 || number > SIGNALS)
		return;
	__atomic_store_n(&handlers[number - 1], handler, __ATOMIC_RELAXED);
	__atomic_fetch_or(&signals_handled, 1ull << (number - 1), __ATOMIC_RELEASE);
}

/* The signal whose handler runs; 0: it is not known.  Of several with this handler it is one that has been blocked since then;
 * in sigsuspend() it was before. */
static cold uint8_t signal_of(const struct taken *taken, uint64_t blocked)
{
	uint64_t since = blocked & ~taken->blocked_before & signals_handled;
	uint8_t best = 0;

	for (int i = 0; i < SIGNALS; i++) {
		uint64_t bit = 1ull << i;

		if (!(signals_handled & bit) || (handlers[i] != taken->handler && since != bit))
			continue;
		if (!best || (since & bit) || ((blocked & bit) && !(since & 1ull << (best - 1))))
			best = (uint8_t)(i + 1);
	}
	return best;
}

static cold void note_loader(struct thread *t, uint32_t stack, const struct taken *taken)
{
	uint32_t n = taken->n_in_loader;
	uint64_t *place;
	bool is_new;

	if (!n)
		return;
	place = table_insert(&loaders, stack, &is_new);
	if (place)
		*place = n < taken->n ? stack_intern(t->index, taken->pc + n, taken->n - n, taken->is_cut) : stack;
}

static cold void note_signals(struct thread *t, uint32_t stack, const struct taken *taken)
{
	uint64_t blocked = lock_signals_before(), *place;
	struct record_signals fact = {
		.h.thread = t->index,
		.stack = stack,
		.open_signals = signals_handled & ~blocked,
	};
	bool is_new;

	fact.signal = taken->n_in_handler ? signal_of(taken, blocked) : 0;
	if (fact.signal) {
		fact.n_in_handler = taken->n_in_handler;
		fact.is_own_signal = taken->is_own_signal;
	}
	if (!fact.signal && !fact.open_signals)
		return;
	place = table_insert(&noted, stack, &is_new);
	if (!place || (!is_new && !(fact.open_signals & ~*place)))
		return;
	*place |= fact.open_signals;
	writer_append(RECORD_SIGNALS, &fact, sizeof(fact), NULL, 0);
}

cold void inside_note(struct thread *t, uint32_t stack, const struct taken *taken)
{
	if (!stack)
		return;
	note_loader(t, stack, taken);
	note_signals(t, stack, taken);
}

cold uint32_t inside_loader(uint32_t stack)
{
	const uint64_t *loader = stack ? table_find_near(&loaders, stack) : NULL;

	return loader ? (uint32_t)*loader : 0;
}

cold void inside_reset(void)
{
	table_clear(&noted);
	table_clear(&loaders);
}

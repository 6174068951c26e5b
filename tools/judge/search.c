/* SPDX-License-Identifier: MIT */
/* Depth-first search for cycles of links, with a stack of its own: a cycle may be as long as there are threads. */
#include "modes.h"
#include "search.h"

#include <stdlib.h>

enum { CLOSE_LOOK = 15 };		/* steps that a link costs which cannot be ruled out at once */

/* The links that may follow one on the path. */
struct frame {
	const uint32_t *next, *end;
};

void search_init(struct search *search, const struct links *links, cycle_fn *found, void *context)
{
	uint32_t n_locks = links->evidence->n_locks;

	*search = (struct search){
		.links = links,
		.found = found,
		.context = context,
		.n_holders = zeroed_array(n_locks, sizeof(*search->n_holders)),
		.n_writers = zeroed_array(n_locks, sizeof(*search->n_writers)),
		.is_wanted = zeroed_array(n_locks, sizeof(*search->is_wanted)),
		.closes = zeroed_array(n_locks, sizeof(*search->closes)),
	};
	matching_init(&search->matching, links);
}

void search_deinit(struct search *search)
{
	free(search->path);
	free(search->frames);
	free(search->n_holders);
	free(search->n_writers);
	free(search->is_wanted);
	free(search->closes);
	matching_deinit(&search->matching);
}

/* A lock that others unlock does not keep anybody out. */
static bool is_gate(const struct links *links, uint32_t lock)
{
	return !links->evidence->is_handed_off[lock];
}

uint32_t links_gate(const struct links *links, uint32_t a, uint32_t b)
{
	const struct link *x = &links->at[a], *y = &links->at[b];

	for (uint32_t i = 0; i < x->n_holds; i++)
		for (uint32_t k = 0; k < y->n_holds; k++)
			if (x->holds[i].lock == y->holds[k].lock && is_gate(links, x->holds[i].lock) &&
			    modes_conflict(x->holds[i].mode, y->holds[k].mode))
				return x->holds[i].lock;
	return 0;
}

static bool has_gate(const struct search *search, const struct link *link)
{
	for (uint32_t i = 0; i < link->n_holds; i++) {
		uint32_t lock = link->holds[i].lock;

		if (!search->n_holders[lock] || !is_gate(search->links, lock))
			continue;
		if (search->n_writers[lock] || modes_conflict(link->holds[i].mode, MODE_READ))
			return true;
	}
	return false;
}

/* Is there a shorter cycle: does the link hold more of the wants than that of the last link on the path, or is its own want
 * held by a link that does not come after it?  Only the first link does, once the cycle closes. */
static bool has_chord(const struct search *search, const struct link *link)
{
	uint32_t last = search->links->at[search->path[search->n - 1]].want;

	for (uint32_t i = 0; i < link->n_holds; i++)
		if (search->is_wanted[link->holds[i].lock] && link->holds[i].lock != last)
			return true;
	return search->n_holders[link->want] != (search->n + 1 == search->length);
}

/* Counts the locks of a link that joins the path. */
static void mark(struct search *search, const struct link *link)
{
	search->is_wanted[link->want] = true;
	for (uint32_t i = 0; i < link->n_holds; i++) {
		search->n_holders[link->holds[i].lock]++;
		search->n_writers[link->holds[i].lock] += modes_conflict(link->holds[i].mode, MODE_READ);
	}
}

static void unmark(struct search *search, const struct link *link)
{
	search->is_wanted[link->want] = false;
	for (uint32_t i = 0; i < link->n_holds; i++) {
		search->n_holders[link->holds[i].lock]--;
		search->n_writers[link->holds[i].lock] -= modes_conflict(link->holds[i].mode, MODE_READ);
	}
}

/* The links that hold what `link` wants. */
static struct frame followers(const struct search *search, uint32_t link)
{
	const struct digraph *holders = &search->links->holders;
	uint32_t lock = search->links->at[link].want;
	const uint32_t *low = holders->to + holders->first[lock], *high = holders->to + holders->first[lock + 1];
	struct frame frame = {.end = high};

	while (low < high) {
		const uint32_t *middle = low + (high - low) / 2;

		if (*middle >= search->lowest)
			high = middle;
		else
			low = middle + 1;
	}
	frame.next = low;
	return frame;
}

static void push(struct search *search, uint32_t link)
{
	if (search->n == search->capacity) {
		search->capacity = search->capacity ? search->capacity * 2 : 16;
		search->path = grow_array(search->path, search->capacity, sizeof(*search->path));
		search->frames = grow_array(search->frames, search->capacity, sizeof(*search->frames));
	}
	search->path[search->n] = link;
	search->frames[search->n] = followers(search, link);
	search->n++;
	mark(search, &search->links->at[link]);
}

static void pop(struct search *search)
{
	unmark(search, &search->links->at[search->path[--search->n]]);
	if (search->is_strict)
		matching_pop(&search->matching);
}

/* Does `after` hold what `link` wants so that it blocks it, if need be by a writer who waits? */
static bool is_blocked_by(const struct search *search, const struct link *link, const struct link *after)
{
	for (uint32_t i = 0; i < after->n_holds; i++)
		if (after->holds[i].lock == link->want)
			return modes_conflict(after->holds[i].mode, link->want_mode) ||
			       writers_any(&search->links->writers, link->want);
	return false;
}

/* Most links can be ruled out by what they want alone, and quickly. */
static bool may_fit(const struct search *search, uint32_t candidate)
{
	uint32_t want = search->links->wants[candidate];

	if (search->n + 1 == search->length && !search->closes[want])
		return false;
	return !search->is_wanted[want] && (!search->wants || want == search->wants[search->n]);
}

/* Can this link follow on the path?  If so, a strict search has a thread for it afterwards. */
static bool fits(struct search *search, uint32_t candidate)
{
	const struct link *link = &search->links->at[candidate];

	if (!may_fit(search, candidate))
		return false;
	search->steps -= search->steps < CLOSE_LOOK ? search->steps : CLOSE_LOOK;
	if (search->n + 1 == search->length && !is_blocked_by(search, link, &search->links->at[search->path[0]]))
		return false;
	if (!is_blocked_by(search, &search->links->at[search->path[search->n - 1]], link))
		return false;
	if (has_chord(search, link))
		return false;
	return !search->is_strict || (!has_gate(search, link) && matching_push(&search->matching, candidate));
}

static void go_on_with(struct search *search, uint32_t candidate)
{
	push(search, candidate);
	if (search->n < search->length)
		return;
	search->n_found++;
	search->n_more--;
	search->found(search->context, search->path, search->n);
	pop(search);
}

static void set_closes(struct search *search, uint32_t root, bool value)
{
	const struct link *link = &search->links->at[root];

	for (uint32_t i = 0; i < link->n_holds; i++)
		search->closes[link->holds[i].lock] = value;
}

/* Follows every path from the one link on it.  Returns false when it had to stop. */
static bool follow(struct search *search)
{
	while (search->n && search->steps && search->n_more) {
		struct frame *frame = &search->frames[search->n - 1];
		uint32_t candidate;

		if (frame->next == frame->end) {
			pop(search);
			continue;
		}
		candidate = *frame->next++;
		search->steps--;
		if (fits(search, candidate))
			go_on_with(search, candidate);
	}
	if (!search->n)
		return true;
	while (search->n)
		pop(search);
	return false;
}

bool search_from(struct search *search, uint32_t root)
{
	bool is_complete;

	search->lowest = search->wants ? 0 : root + 1;
	if (search->is_strict && !matching_push(&search->matching, root))
		return true;
	push(search, root);
	set_closes(search, root, true);
	is_complete = follow(search);
	set_closes(search, root, false);
	return is_complete;
}

uint32_t search_followers(struct search *search, uint32_t link, uint32_t *ret)
{
	struct frame *frame;
	uint32_t n = 0;

	search->lowest = 0;
	search->length = 0;
	matching_push(&search->matching, link);
	push(search, link);
	for (frame = &search->frames[0]; frame->next < frame->end && search->steps; frame->next++, search->steps--) {
		if (fits(search, *frame->next)) {
			matching_pop(&search->matching);
			ret[n++] = *frame->next;
		}
	}
	pop(search);
	return n;
}

/* SPDX-License-Identifier: MIT */
/* The links that cycles are made of: "holds these, wants that", as some threads did it.
 *
 * The lock-order graph has an edge from every lock held to the lock wanted.  A cycle lies inside one strongly connected
 * component of it, and in most programs nearly all locks lie in none: so the components come first, and only dependencies
 * inside one become links.  Dependencies that differ only in thread and segment are one link with several instances;
 * without that, workers that run the same code would multiply every cycle by the ways to choose among them.
 *
 * When the evidence has merged runs, dependencies of different traces are one link when they are the same to the program.
 */
#ifndef SNAG_LINKS_H
#define SNAG_LINKS_H

#include "digraph.h"
#include "evidence.h"
#include "writers.h"

#include "../trace/pool.h"

struct hold {
	uint32_t lock;
	enum object_mode mode;
};

/* Some thread did it in this segment, and perhaps in others up to `last`.  The main threads of merged runs are one. */
struct instance {
	uint32_t thread, segment, last;
	uint32_t model;
};

struct link {
	uint32_t model;
	const struct dep *dep;		/* the first instance: stacks and flags, which all share */
	uint32_t want;
	enum object_mode want_mode;
	uint32_t component;		/* of the graph, from 1 */
	const struct hold *holds;	/* each lock once, in the order of taking; last the thread's own end if that matters */
	uint32_t n_holds;
	uint32_t first_instance, n_instances;	/* sorted by thread, then by segment */
	bool lacks_locks, lacks_threads;	/* the same code did so more often than the trace shows: see evidence.h */
	bool is_back;			/* goes against the usual order of locks; every cycle has such a link */
};

struct links {
	struct evidence *evidence;
	struct link *at;		/* those of one component side by side, first those that go back */
	uint32_t n;
	uint32_t *wants;		/* by link: at[].want, close together for searches */
	struct instance *instances;
	uint32_t n_components;
	struct digraph by_component;	/* component -> its links, ascending */
	struct writers writers;
	struct digraph holders;		/* lock -> the links that hold it and lie in its component, ascending */
	struct pool *pool;
};

void links_init(struct links *links, struct evidence *evidence);
void links_deinit(struct links *links);

/* Are both links from one trace, and no other? */
bool links_are_of_one_model(const struct links *links, const struct link *a, const struct link *b);

/* Is there a trace that has all links of a path? */
bool links_share_model(const struct links *links, const uint32_t *path, uint32_t n);

#endif

/* SPDX-License-Identifier: MIT */
/* Who asks to write to a lock that lets no reader pass a waiting writer.
 *
 * Two readers of such a lock do not stand in each other's way, unless a writer waits between them: then the second waits for
 * the writer, and the writer for the first.
 */
#ifndef SNAG_WRITERS_H
#define SNAG_WRITERS_H

#include "digraph.h"
#include "evidence.h"

struct writer {
	uint32_t model;
	const struct dep *dep;
};

struct writers {
	struct writer *at;
	uint32_t n;
	struct digraph of;		/* lock -> its writers, in `at` */
};

void writers_init(struct writers *writers, const struct evidence *evidence);
void writers_deinit(struct writers *writers);

static inline bool writers_any(const struct writers *writers, uint32_t lock)
{
	return writers->n && writers->of.first[lock] < writers->of.first[lock + 1];
}

#endif

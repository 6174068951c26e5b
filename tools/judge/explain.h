/* SPDX-License-Identifier: MIT */
/* The reason for a cycle's class, in words. */
#ifndef SNAG_EXPLAIN_H
#define SNAG_EXPLAIN_H

#include "classify.h"

/* A sentence or two for finding->why; its locks and parts are written already, and locks that the reason names are
 * added. */
char *explain(struct pool *pool, struct finding *finding, const struct evidence *evidence, const struct classified *as);

#endif

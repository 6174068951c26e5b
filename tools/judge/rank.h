/* SPDX-License-Identifier: MIT */
/* Puts the vertices of a graph into an order that few edges go against.
 *
 * Every cycle has an edge that goes back in such an order, so a search for cycles need only begin at those: in a program
 * with a lock hierarchy and a few slips, at the slips.
 */
#ifndef SNAG_RANK_H
#define SNAG_RANK_H

#include "digraph.h"

/* A rank for every vertex; none for those without edges. */
void rank_vertices(const struct digraph *graph, uint32_t *ret_rank);

/* Moves the `n` vertices of an order about so that fewer edges go back.  `reverse` has the edges the other way round. */
void sift_order(const struct digraph *graph, const struct digraph *reverse, uint32_t *order, uint32_t n);

#endif

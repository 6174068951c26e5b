/* SPDX-License-Identifier: MIT */
/* A model and a verdict that nobody recorded: two tellers who lock two accounts in opposite orders.
 *
 * Symbols are fake too: address A * 0x100 + L is line L of function number A, see stage_functions; `stage_line_shift` moves
 * all lines and `stage_bias` all addresses, as a rebuild and another run would.
 */
#ifndef SNAG_TEST_STAGE_H
#define SNAG_TEST_STAGE_H

#include "tools/judge/finding.h"

extern const char *stage_functions[8];
extern uint32_t stage_line_shift;
extern uint64_t stage_bias;
extern const char *stage_array; /* what an array of locks is called */

struct stage {
	struct model model;
	struct session session;
	struct finding finding;
	struct verdict verdict;
};

/* Sets the scene.  `rotation` parts are moved from the front of the cycle to its end. */
void stage_init(struct stage *stage, unsigned rotation);

#endif

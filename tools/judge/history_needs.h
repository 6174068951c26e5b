/* SPDX-License-Identifier: MIT */
/* Inside history.c: the order that creation, joins and barriers make, told in operations. */
#ifndef SNAG_HISTORY_NEEDS_H
#define SNAG_HISTORY_NEEDS_H

#include "history.h"

/* Fills in needs and ends. */
void history_find_needs(struct history *history);

#endif

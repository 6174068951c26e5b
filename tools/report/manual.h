/* SPDX-License-Identifier: MIT */
/* `snag explain`: what a rule or a class means. */
#ifndef SNAG_MANUAL_H
#define SNAG_MANUAL_H

#include "../judge/finding.h"
#include "page.h"

/* The rules and the classes, a line each. */
void manual_list(const struct page *page);

/* The page of a rule ("lock-order-cycle") or a class ("possible"); false when there is none of this name. */
bool manual_print(const struct page *page, const char *name);

#endif

/* SPDX-License-Identifier: MIT */
/* What there is to do after a report. */
#ifndef SNAG_NEXT_H
#define SNAG_NEXT_H

#include "../report/report.h"

/* One line with the command that tries the first finding that has not happened, as far as that can be tried.  Nothing when
 * another one has happened, for that one is to be mended first.  `dir` is the session's folder. */
void next_tell(const struct report *report, const struct page *page, const char *dir);

#endif

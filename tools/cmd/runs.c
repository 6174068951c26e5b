/* SPDX-License-Identifier: MIT */
/* Runs as `snag merge` and `snag diff` take them.  One at a time is in memory. */
#include "runs.h"

#include "../session/analysis.h"
#include "../session/complain.h"

#include <stdlib.h>

int runs_add(struct baseline *baseline, char *path)
{
	struct analysis analysis;
	char *why = NULL;
	int r;

	if (baseline_is_file(path)) {
		r = baseline_add_file(baseline, path, &why);
	} else {
		r = analysis_init(&analysis, &path, 1, &why);
		if (r == 0) {
			baseline_add_run(baseline, analysis.report);
			analysis_deinit(&analysis);
		}
	}
	if (r)
		complain("%s", why);
	free(why);
	return r;
}

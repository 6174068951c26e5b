/* SPDX-License-Identifier: MIT */
/* What there is to do after a report: to make happen what it says can happen. */
#include "next.h"

#include "../confirm/schedule.h"
#include "../report/shell.h"
#include "../session/session_dir.h"
#include "../trace/pool.h"

#include <stdlib.h>
#include <string.h>

/* As an argument behind another one, when it has to be given. */
static const char *folder_argument(struct pool *pool, const char *dir)
{
	char *word = shell_word(dir);
	const char *argument = strcmp(dir, SESSION_DIR_DEFAULT) == 0 ? "" : pool_printf(pool, " %s", word);

	free(word);
	return argument;
}

void next_tell(const struct report *report, const struct page *page, const char *dir)
{
	const struct session *session = report->session;
	struct pool *pool = names_pool(report->names);

	for (uint32_t i = 0; i < report->verdict->n_findings; i++) {
		const struct finding *finding = &report->findings[i];

		if (report->is_suppressed[i])
			continue;
		if (finding->severity == SEVERITY_NOTE || finding->class < CLASS_PREDICTED)
			return;
		if (schedule_obstacle(finding))
			continue;
		page_whole_line(page, 0, "snag: to make it happen: snag confirm %s%s -- %s", report->ids[i],
				folder_argument(pool, dir), shell_words(pool, session->argv, session->argc));
		return;
	}
}

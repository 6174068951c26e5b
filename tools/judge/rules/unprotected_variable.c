/* SPDX-License-Identifier: MIT */
/* Rule unprotected-variable: two threads use a watched variable, one of them writes, and no lock is held by both (Savage and
 * others, "Eraser: A Dynamic Data Race Detector"), nor does the beginning or end of threads keep the two apart.
 */
#include "../draft.h"
#include "../meeting.h"

#include <stdlib.h>

enum { MOST_PAIRS = 1000000 };

struct accesses {
	struct inquiry *inquiry;
	uint32_t model;
	const struct dep **at;
	uint32_t n;
	struct order order;
};

static void report(struct accesses *accesses, const struct meeting *meeting)
{
	struct inquiry *inquiry = accesses->inquiry;
	const struct model *model = inquiry->session->models[meeting->model];
	struct finding draft = {
		.rule = RULE_UNPROTECTED_VARIABLE, .class = meeting->class, .severity = meeting_severity(meeting)};

	draft_parts(&draft, inquiry->pool, 2);
	draft_add_lock(&draft, draft_lock(model, meeting->first->object));
	meeting_write_part(&draft.parts[0], inquiry->pool, model, meeting->first);
	meeting_write_part(&draft.parts[1], inquiry->pool, model, meeting->second);
	draft.why = pool_printf(inquiry->pool, "There is no lock that both held, and neither had to be over before the other "
					       "began.");
	draft_enter(inquiry, &draft);
}

/* One pair is enough. */
static void find_pair(struct accesses *accesses)
{
	uint32_t n_left = MOST_PAIRS;

	for (uint32_t i = 0; i < accesses->n; i++)
		for (uint32_t k = 0; k < i && n_left--; k++) {
			struct meeting meeting = {.model = accesses->model, .first = accesses->at[k], .second = accesses->at[i]};

			if (meeting.first->thread == meeting.second->thread ||
			    (meeting.first->mode == MODE_READ && meeting.second->mode == MODE_READ))
				continue;
			meeting_classify(&meeting, &accesses->order, &accesses->inquiry->evidence);
			if (meeting.class != CLASS_POSSIBLE)
				continue;
			report(accesses, &meeting);
			return;
		}
}

/* There is one watched variable in a program. */
static void judge_model(struct inquiry *inquiry, uint32_t m)
{
	const struct model *model = inquiry->session->models[m];
	struct accesses accesses = {.inquiry = inquiry, .model = m, .at = zeroed_array(model->n_deps, sizeof(*accesses.at))};

	for (uint32_t i = 0; i < model->n_deps; i++)
		if (model->deps[i].op == OP_ACCESS)
			accesses.at[accesses.n++] = &model->deps[i];
	if (accesses.n) {
		order_init(&accesses.order, &inquiry->evidence);
		find_pair(&accesses);
		order_deinit(&accesses.order);
	}
	free(accesses.at);
}

void rule_unprotected_variable(struct inquiry *inquiry)
{
	for (uint32_t m = 0; m < inquiry->session->n_models; m++)
		judge_model(inquiry, m);
}

/* SPDX-License-Identifier: MIT */
/* Rule read-behind-writer: a thread that has a read-write lock for reading asks for it again, and the lock is of the kind that
 * lets no reader pass a writer who waits.  When a writer asks between the two, each of them waits for the other.
 *
 * glibc's other kinds let the reader pass.
 */
#include "../draft.h"
#include "../inquiry.h"
#include "../meeting.h"

#include <stdlib.h>

enum { MOST_MEETINGS = 1000000 };

struct readings {
	struct inquiry *inquiry;
	uint32_t model;
	struct order order;
	bool has_order;			      /* it is made when it is needed */
	uint32_t *first_writer, *next_writer; /* by object, by dependency: chains of dependencies + 1 */
	uint32_t n_left;		      /* meetings that may still be looked at */
};

static bool reads_again(const struct model *model, const struct dep *dep)
{
	if (dep->op != OP_ACQUIRE || dep->mode != MODE_READ ||
	    !(model->objects[dep->object].flags & OBJECT_PREFER_WRITER))
		return false;
	for (uint32_t i = 0; i < dep->n_held; i++)
		if (dep->held[i].object == dep->object)
			return dep->held[i].mode == MODE_READ;
	return false;
}

static void find_writers(struct readings *readings, const struct model *model)
{
	readings->first_writer = zeroed_array(model->n_objects, sizeof(*readings->first_writer));
	readings->next_writer = zeroed_array(model->n_deps, sizeof(*readings->next_writer));
	for (uint32_t i = model->n_deps; i-- > 0;) {
		const struct dep *dep = &model->deps[i];

		if (dep->op != OP_ACQUIRE || dep->mode != MODE_WRITE)
			continue;
		readings->next_writer[i] = readings->first_writer[dep->object];
		readings->first_writer[dep->object] = i + 1;
	}
}

static void report(struct readings *readings, const struct meeting *meeting)
{
	struct inquiry *inquiry = readings->inquiry;
	const struct model *model = inquiry->session->models[meeting->model];
	const struct dep *reader = meeting->first;
	struct finding_lock lock = draft_lock(model, reader->object);
	struct finding draft = {
		.rule = RULE_READ_BEHIND_WRITER, .class = meeting->class, .severity = meeting_severity(meeting)};

	draft_parts(&draft, inquiry->pool, 2);
	draft_add_lock(&draft, lock);
	meeting_write_part(&draft.parts[0], inquiry->pool, model, reader);
	meeting_write_part(&draft.parts[1], inquiry->pool, model, meeting->second);
	draft_cycle_hold(&draft.parts[0], &lock);
	draft.why = meeting_doubt(meeting, inquiry->pool, &draft)
			    ?: pool_printf(inquiry->pool,
					   "Nothing keeps a writer from asking for %%0 between the two, and %%0 "
					   "lets no reader pass a writer who waits.");
	draft_enter(inquiry, &draft);
}

/* Finds the writer that is most likely to come between. */
static void judge_reader(struct readings *readings, const struct model *model, const struct dep *reader)
{
	struct inquiry *inquiry = readings->inquiry;
	struct meeting best = {.class = CLASSES};

	if (!readings->has_order)
		order_init(&readings->order, &inquiry->evidence);
	readings->has_order = true;
	if (!readings->first_writer)
		find_writers(readings, model);
	for (uint32_t i = readings->first_writer[reader->object]; i && readings->n_left && best.class > CLASS_POSSIBLE;
	     i = readings->next_writer[i - 1]) {
		struct meeting meeting = {.model = readings->model, .first = reader, .second = &model->deps[i - 1]};

		readings->n_left--;
		if (meeting.second->thread == reader->thread)
			continue;
		meeting_classify(&meeting, &readings->order, &inquiry->evidence);
		if (meeting.class < best.class)
			best = meeting;
	}
	if (best.class < CLASSES)
		report(readings, &best);
}

static void judge_model(struct readings *readings)
{
	const struct model *model = readings->inquiry->session->models[readings->model];

	for (uint32_t i = 0; i < model->n_deps; i++)
		if (reads_again(model, &model->deps[i]))
			judge_reader(readings, model, &model->deps[i]);
	free(readings->first_writer);
	free(readings->next_writer);
	readings->first_writer = readings->next_writer = NULL;
}

void rule_read_behind_writer(struct inquiry *inquiry)
{
	struct readings readings = {.inquiry = inquiry, .n_left = MOST_MEETINGS};

	for (readings.model = 0; readings.model < inquiry->session->n_models; readings.model++)
		judge_model(&readings);
	if (!readings.n_left)
		inquiry_add_cap(inquiry, pool_printf(inquiry->pool, "readers and writers of one lock were too many to "
								    "compare them all"));
	if (readings.has_order)
		order_deinit(&readings.order);
}

/* SPDX-License-Identifier: MIT */
/* Collects the writers of locks that prefer writers.  Of merged runs none are: whoever comes between must be of the same run. */
#include "writers.h"

#include "../trace/pool.h"

#include <stdlib.h>

static bool is_writer(const struct model *model, const struct dep *dep)
{
	return dep->op == OP_ACQUIRE && dep->mode == MODE_WRITE && !(dep->flags & DEP_TIMED) &&
	       (model->objects[dep->object].flags & OBJECT_PREFER_WRITER);
}

static void collect(struct writers *writers, const struct evidence *evidence, uint32_t m)
{
	const struct model *model = evidence->session->models[m];

	for (uint32_t i = 0; i < model->n_deps; i++) {
		if (!is_writer(model, &model->deps[i]))
			continue;
		writers->at = grow_array(writers->at, writers->n + 1, sizeof(*writers->at));
		writers->at[writers->n++] = (struct writer){m, &model->deps[i]};
	}
}

static uint32_t lock_of(const struct evidence *evidence, const struct writer *writer)
{
	return evidence_lock(evidence, writer->model, writer->dep->object);
}

void writers_init(struct writers *writers, const struct evidence *evidence)
{
	*writers = (struct writers){0};
	for (uint32_t m = 0; m < evidence->session->n_models && !evidence->same_as; m++)
		collect(writers, evidence, m);
	if (!writers->n)
		return;
	digraph_init(&writers->of, evidence->n_locks);
	for (uint32_t i = 0; i < writers->n; i++)
		digraph_count(&writers->of, lock_of(evidence, &writers->at[i]));
	digraph_lay_out(&writers->of);
	for (uint32_t i = 0; i < writers->n; i++)
		digraph_add(&writers->of, lock_of(evidence, &writers->at[i]), i);
}

void writers_deinit(struct writers *writers)
{
	digraph_deinit(&writers->of);
	free(writers->at);
}

/* SPDX-License-Identifier: MIT */
/* A full recording as one list of operations, in an order in which all of it could have happened (judge/history.h).
 *
 * The recording has no times, so the place in this list is the clock of whatever shows it.
 */
#ifndef SNAG_SEQUENCE_H
#define SNAG_SEQUENCE_H

#include "../judge/history.h"

#include "names.h"

struct sequence {
	const struct model *model;
	struct history *history;
	uint32_t *operations; /* into model->operations */
	uint32_t n;
};

/* Those of all processes that were recorded in full; returns how many. */
uint32_t sequences_new(const struct session *session, struct sequence **ret_sequences);
void sequences_free(struct sequence *sequences, uint32_t n);

/* The same; -1 with a sentence in *ret_why (to be freed) when there are none. */
int sequences_need(const struct session *session, struct sequence **ret_sequences, uint32_t *ret_n, char **ret_why);

/* The lock of an operation. */
static inline struct finding_lock sequence_lock(const struct model *model, const struct operation *operation)
{
	const struct object *object = &model->objects[operation->object];

	return (struct finding_lock){model, operation->object, object->address, object->kind};
}

#endif

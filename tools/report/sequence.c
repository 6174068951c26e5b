/* SPDX-License-Identifier: MIT */
/* A full recording as one list of operations. */
#include "sequence.h"

#include <stdio.h>
#include <stdlib.h>

static void sequence_init(struct sequence *sequence, const struct model *model, struct history *history)
{
	*sequence = (struct sequence){.model = model, .history = history, .n = history->n_reached};
	sequence->operations = zeroed_array(sequence->n, sizeof(*sequence->operations));
	for (uint32_t i = 0; i < model->n_operations; i++)
		if (history->position[i] != NO_OPERATION)
			sequence->operations[history->position[i]] = i;
}

uint32_t sequences_new(const struct session *session, struct sequence **ret_sequences)
{
	struct sequence *sequences = zeroed_array(session->n_models, sizeof(*sequences));
	uint32_t n = 0;

	for (uint32_t i = 0; i < session->n_models; i++) {
		struct history *history = history_new(session->models[i]);

		if (history)
			sequence_init(&sequences[n++], session->models[i], history);
	}
	*ret_sequences = sequences;
	return n;
}

void sequences_free(struct sequence *sequences, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		history_free(sequences[i].history);
		free(sequences[i].operations);
	}
	free(sequences);
}

int sequences_need(const struct session *session, struct sequence **ret_sequences, uint32_t *ret_n, char **ret_why)
{
	*ret_n = sequences_new(session, ret_sequences);
	if (*ret_n)
		return 0;
	sequences_free(*ret_sequences, 0);
	if (asprintf(ret_why, "this form needs every operation, recorded by `snag run --mode full`") < 0)
		abort();
	return -1;
}

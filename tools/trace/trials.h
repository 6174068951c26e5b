/* SPDX-License-Identifier: MIT */
/* What `snag confirm` leaves in a session folder. */
#ifndef SNAG_TRIALS_H
#define SNAG_TRIALS_H

#include "model.h"

#define TRIALS_NAME "confirm.json"

/* Adds the trials of a session folder; there may be none. */
void trials_read(struct session *session, const char *folder);

/* Writes the file anew.  -1 and errno. */
int trials_write(const char *folder, const struct trial *trials, uint32_t n);

/* Adds copies of the session's trials of other findings; returns the longer array in the place of `trials`. */
struct trial *trials_join(struct trial *trials, uint32_t *n, const struct session *session);

void trials_free(struct trial *trials, uint32_t n);

const char *trial_verdict_name(enum trial_verdict verdict);	/* "timed-out" */

#endif

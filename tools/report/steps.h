/* SPDX-License-Identifier: MIT */
/* A finding as a list of places, for programs that show people source lines: what each thread took, and what it asked for. */
#ifndef SNAG_STEPS_H
#define SNAG_STEPS_H

#include "names.h"

struct step {
	const struct finding_part *part;
	const struct frame *frame; /* NULL: no stack was recorded */
	const char *path;	   /* of the source file, as it is best written here; NULL: the frame has no line */
	const char *words;	   /* "thread 2 takes `a` here" */
};

/* Every lock held and wanted, thread by thread.  They live as long as the names. */
struct step *finding_steps(struct names *names, const struct finding *finding, uint32_t *ret_n);

/* The step to name when there is room for one only: where the first thread asks for a lock.  NULL: there are none. */
const struct step *steps_main(const struct step *steps, uint32_t n);

/* Title, story and reason, without marks. */
const char *finding_in_short(struct names *names, const struct finding *finding);

#endif

/* SPDX-License-Identifier: MIT */
/* As the how manieth a place of the program makes an object: the same in every run, where its address is not. */
#ifndef SNAG_ORDINALS_H
#define SNAG_ORDINALS_H

#include <stdint.h>

/* What is counted for each place. */
enum ordinal {
	ORDINAL_INIT = 1,
	ORDINAL_NEW_ADDRESS,	/* of initialisations */
	ORDINAL_FIRST_USE,	/* of what is never initialised */
};

enum { ORDINAL_MAX = (1 << 24) - 1 };

/* The next number of the place with this stack, from 1; 0: there are too many.  Takes no lock. */
uint32_t ordinal_next(uint32_t stack, enum ordinal what);

/* Forgets all places, for a new trace file. */
void ordinals_reset(void);

#endif

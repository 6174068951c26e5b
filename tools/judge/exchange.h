/* SPDX-License-Identifier: MIT */
/* Where threads may hand things on to each other: signals, and waits for them.
 *
 * Another run may signal in another order, so this orders nothing; but when one thread had done its part before it first
 * signalled, and another began its part after it had first waited there, the second may be the first one's heir.
 */
#ifndef SNAG_EXCHANGE_H
#define SNAG_EXCHANGE_H

#include "links.h"

struct exchanges {
	struct exchange *at;		/* by thread */
	uint32_t n;
};

void exchanges_init(struct exchanges *exchanges, const struct evidence *evidence);
void exchanges_deinit(struct exchanges *exchanges);

/* Whoever does the one link hands on to whoever does the other, as far as was seen: the object where, or 0. */
uint32_t exchanges_hand_on(const struct exchanges *exchanges, const struct links *links, uint32_t from, uint32_t to);

#endif

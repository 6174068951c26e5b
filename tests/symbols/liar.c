/* SPDX-License-Identifier: MIT */
/* A program that says one wrong thing, which LIE chooses: test-symbols must fail on each.  With LIE 0 all is true. */
#include "witness.h"

#include <pthread.h>

#define CHOOSE(number, lie, truth) (LIE == number ? (lie) : (truth))

struct box {
	long n;
	pthread_mutex_t lock;
} box; /* box */
struct box other_box; /* other_box */

static const char *const claims[] = {
	[1] = "wrong@here;main@call",
	[2] = "inlined@box;main@call",
	[3] = "inlined@here;main@box",
	[4] = "main@call",
	[5] = "inlined@here;main@call",
};

static inline __attribute__((always_inline)) void inlined(const char *claim)
{
	CALLED_IN(claim); /* here */
}

int main(void)
{
	WITNESS_MODULES();
	witness_lock("data", CHOOSE(5, "xob", "box"), &box, CHOOSE(6, (void *)&box.n, (void *)&box.lock), ".lock",
		     CHOOSE(7, "struct xob::lock", "struct box::lock"));
	NAMED_LOCK(CHOOSE(8, "box", "other_box"), other_box, .lock, "struct box::lock");
	inlined(claims[LIE > 0 && LIE < 5 ? LIE : 5]); /* call */
	return 0;
}

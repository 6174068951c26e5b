/* SPDX-License-Identifier: MIT */
/* Checks that a model keeps the promises of model.h. */
#ifndef SNAG_SOUND_H
#define SNAG_SOUND_H

#include "tools/trace/model.h"

/* Ends the test when it does not. */
void expect_sound(const struct model *model);

#endif

/* SPDX-License-Identifier: MIT */
/* What the hooks share: everything they may use, and the cold parts of the regular ones. */
#ifndef SNAG_HOOKS_H
#define SNAG_HOOKS_H

#include "compiler.h"
#include "init.h"
#include "live.h"
#include "objects.h"
#include "real.h"
#include "record.h"
#include "stack.h"
#include "thread.h"
#include "words.h"

void hook_initialised(struct thread *t, uintptr_t address, enum object_kind kind, uint32_t stack);
void hook_destroying(struct thread *t, uintptr_t address, enum object_kind kind, uint32_t stack);
void hook_destroyed(struct thread *t, uintptr_t address, uint32_t stack);
/* An unlock that cannot be recorded, perhaps of a lock that was. */
void hook_unlock_unrecorded(uintptr_t address);
void hook_wait_begin(struct thread *t, uintptr_t address, enum object_kind kind, enum object_mode mode,
		     uint32_t flags, uint32_t stack, struct live_saved *ret_saved);

#endif

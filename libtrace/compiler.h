/* SPDX-License-Identifier: MIT */
/* What the compiler is asked for, by short names. */
#ifndef SNAG_COMPILER_H
#define SNAG_COMPILER_H

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define cold __attribute__((cold, noinline))
#define always_inline inline __attribute__((always_inline))
#define exported __attribute__((visibility("default")))
/* On the declaration of a variable: it is read without a look into the global offset table. */
#define hidden __attribute__((visibility("hidden")))
/* Has the compiler keep a value in a register rather than make it up again at every use. */
#define keep(x) __asm__("" : "+r"(x))

/* The stack pointer as the caller had it just before the call: where a frame begins, the same for every call from one
 * place at one depth. */
#define caller_frame() ((uintptr_t)__builtin_dwarf_cfa())
#define return_address() ((uintptr_t)__builtin_return_address(0))

#endif

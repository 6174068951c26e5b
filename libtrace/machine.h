/* SPDX-License-Identifier: MIT */
/* What differs from one architecture to another, besides the versions of libc's symbols (hooks.def).
 *
 *   MACHINE              as ELF names it
 *   OWN_WORD             a word beside a caller's frame (caller_frame()), counted from there, that is the same for every call from
 *                        one place at one depth
 *   RETURN_ADDRESS       libunwind's register that is saved where a return address lies
 *   CONTEXT_IS_INLINE    libunwind's header, not its library, has the code that takes a thread's registers
 *   HAS_BLOCK_HEADERS    whether the word before a block of glibc's malloc may be read as its size
 */
#ifndef SNAG_MACHINE_H
#define SNAG_MACHINE_H

#if defined(__x86_64__)

#define MACHINE EM_X86_64
#define OWN_WORD (-1) /* where the call itself put its return address */
#define RETURN_ADDRESS UNW_REG_IP
#define CONTEXT_IS_INLINE 0
#define HAS_BLOCK_HEADERS 1

#elif defined(__aarch64__)

#define MACHINE EM_AARCH64
#define OWN_WORD 0 /* the lowest word of the caller's frame, where GCC and Clang begin its frame record */
#define RETURN_ADDRESS UNW_AARCH64_X30
#define CONTEXT_IS_INLINE 1
#define HAS_BLOCK_HEADERS 0 /* they can have memory tags of their own */

#else
#error "Snag has not been brought to this machine: it needs a part of its own here"
#endif

#endif

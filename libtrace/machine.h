/* SPDX-License-Identifier: MIT */
/* What differs from one architecture to another, besides the versions of libc's symbols (hooks.def).
 *
 *   MACHINE              as ELF names it
 *   OWN_WORD             a word beside a caller's frame (caller_frame()), counted from there, that is the same for every call from
 *                        one place at one depth
 *   RETURN_ADDRESS       libunwind's register that is saved where a return address lies
 *   CALL_PUSHES          whether a call puts the return address right below the stack pointer of the caller
 *   CONTEXT_IS_INLINE    libunwind's header, not its library, has the code that takes a thread's registers
 *   SIGRETURN            the code that a signal handler returns to
 *   CONTEXT_ABOVE        how far above the stack pointer there what was interrupted is kept
 *   INTERRUPTED_PC, _SP  where that was
 *   is_call_of_kill()    is that code, of SIZE_OF_CALL bytes, a system call kill or tgkill?
 *   LEADS_TO             a function that calls another, begins(return address, caller_frame()), and jumps to what that returns: to
 *                        its callee it looks as if the caller had called
 *   HAS_BLOCK_HEADERS    whether the word before a block of glibc's malloc may be read as its size
 */
#ifndef SNAG_MACHINE_H
#define SNAG_MACHINE_H

#include <stdbool.h>
#include <string.h>
#include <sys/syscall.h>

#if defined(__x86_64__)

#define MACHINE EM_X86_64
#define OWN_WORD (-1) /* where the call itself put its return address */
#define RETURN_ADDRESS UNW_REG_IP
#define CALL_PUSHES 1
#define CONTEXT_IS_INLINE 0
#define SIGRETURN "\x48\xc7\xc0\x0f\0\0\0\x0f\x05" /* mov $__NR_rt_sigreturn, %rax; syscall */
#define CONTEXT_ABOVE 0
#define INTERRUPTED_PC(context) ((context)->uc_mcontext.gregs[REG_RIP])
#define INTERRUPTED_SP(context) ((uintptr_t)(context)->uc_mcontext.gregs[REG_RSP])
#define SIZE_OF_CALL 7
#define HAS_BLOCK_HEADERS 1

/* mov $NUMBER, %eax; syscall */
static inline bool is_call_of_kill(const unsigned char *code)
{
	return code[0] == 0xb8 && (code[1] == SYS_kill || code[1] == SYS_tgkill) && !memcmp(code + 2, "\0\0\0\x0f\x05", 5);
}

#define LEADS_TO(name, begins)                                                                                        \
	__asm__(".pushsection .text\n"                                                                                \
		".globl " #name "\n"                                                                                  \
		".type " #name ", @function\n"                                                                        \
		#name ":\n"                                                                                           \
		"	.cfi_startproc\n"                                                                             \
		"	endbr64\n"                                                                                    \
		"	push %rdi\n"                                                                                  \
		"	.cfi_adjust_cfa_offset 8\n"                                                                   \
		"	push %rsi\n"                                                                                  \
		"	.cfi_adjust_cfa_offset 8\n"                                                                   \
		"	sub $8, %rsp\n"                                                                               \
		"	.cfi_adjust_cfa_offset 8\n"                                                                   \
		"	mov 24(%rsp), %rdi\n"                                                                         \
		"	lea 32(%rsp), %rsi\n"                                                                         \
		"	call " #begins "\n"                                                                           \
		"	add $8, %rsp\n"                                                                               \
		"	.cfi_adjust_cfa_offset -8\n"                                                                  \
		"	pop %rsi\n"                                                                                   \
		"	.cfi_adjust_cfa_offset -8\n"                                                                  \
		"	pop %rdi\n"                                                                                   \
		"	.cfi_adjust_cfa_offset -8\n"                                                                  \
		"	jmp *%rax\n"                                                                                  \
		"	.cfi_endproc\n"                                                                               \
		".size " #name ", . - " #name "\n"                                                                    \
		".popsection")

#elif defined(__aarch64__)

#define MACHINE EM_AARCH64
#define OWN_WORD 0 /* the lowest word of the caller's frame, where GCC and Clang begin its frame record */
#define RETURN_ADDRESS UNW_AARCH64_X30
#define CALL_PUSHES 0
#define CONTEXT_IS_INLINE 1
#define SIGRETURN "\x68\x11\x80\xd2\x01\0\0\xd4" /* mov x8, #__NR_rt_sigreturn; svc #0 */
#define CONTEXT_ABOVE sizeof(siginfo_t)
#define INTERRUPTED_PC(context) ((context)->uc_mcontext.pc)
#define INTERRUPTED_SP(context) ((uintptr_t)(context)->uc_mcontext.sp)
#define SIZE_OF_CALL 8
#define HAS_BLOCK_HEADERS 0 /* they can have memory tags of their own */

/* mov x8, #NUMBER; svc #0 */
static inline bool is_call_of_kill(const unsigned char *code)
{
	const unsigned int kill[] = {0xd2800008 | SYS_kill << 5, 0xd4000001}, tgkill[] = {0xd2800008 | SYS_tgkill << 5, 0xd4000001};

	return !memcmp(code, kill, sizeof(kill)) || !memcmp(code, tgkill, sizeof(tgkill));
}

#define LEADS_TO(name, begins)                                                                                        \
	__asm__(".pushsection .text\n"                                                                                \
		".globl " #name "\n"                                                                                  \
		".type " #name ", %function\n"                                                                        \
		#name ":\n"                                                                                           \
		"	.cfi_startproc\n"                                                                             \
		"	stp x0, x1, [sp, #-32]!\n"                                                                    \
		"	.cfi_adjust_cfa_offset 32\n"                                                                  \
		"	str x30, [sp, #16]\n"                                                                         \
		"	.cfi_rel_offset x30, 16\n"                                                                    \
		"	mov x0, x30\n"                                                                                \
		"	add x1, sp, #32\n"                                                                            \
		"	bl " #begins "\n"                                                                             \
		"	mov x16, x0\n"                                                                                \
		"	ldr x30, [sp, #16]\n"                                                                         \
		"	.cfi_restore x30\n"                                                                           \
		"	ldp x0, x1, [sp], #32\n"                                                                      \
		"	.cfi_adjust_cfa_offset -32\n"                                                                 \
		"	br x16\n"                                                                                     \
		"	.cfi_endproc\n"                                                                               \
		".size " #name ", . - " #name "\n"                                                                    \
		".popsection")

#else
#error "Snag has not been brought to this machine: it needs a part of its own here"
#endif

#endif

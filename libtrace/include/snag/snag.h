/* SPDX-License-Identifier: MIT */
/* What a program may tell Snag, or ask of it: optional in every sense, for C and C++.
 *
 * Nothing is linked: the functions are in Snag's shim, which `snag run` and `snag gdb` preload.  In a run without it each
 * of these calls is one branch that is never taken.  Compile with `pkg-config --cflags snag`.
 */
#ifndef SNAG_SNAG_H
#define SNAG_SNAG_H

#ifdef __cplusplus
extern "C" {
#endif

#define SNAG_OPTIONAL extern __attribute__((weak))

/* Drops the calling thread into a debugger, here; goes on when the debugger lets it.  Where the debugger is comes from
 * SNAG_BREAKPOINT in the environment:
 *
 *   gdb                    GDB with Snag's commands, on the terminal of the program (the default)
 *   server:[HOST:]PORT     gdbserver; the program waits until a GDB comes (HOST is 127.0.0.1)
 *   core[:FOLDER]          nobody: a core file is made, and the program goes on
 *   off                    nobody
 *
 * In a program that is already being debugged it stops there.  When there can be no debugger, it says why on standard
 * error, and goes on. */
SNAG_OPTIONAL void snag_breakpoint(void);

/* For locks that a program has made itself, of atomics or system calls: the calling thread is about to wait for one (may be
 * left out; a deadlock of threads that wait is then seen only as a possible one), has got it, is about to give it back.
 * The address stands for the lock, which is reported as a spin lock. */
SNAG_OPTIONAL void snag_acquiring(const volatile void *lock);
SNAG_OPTIONAL void snag_acquired(const volatile void *lock);
SNAG_OPTIONAL void snag_released(const volatile void *lock);

/* Names, for reports and for GDB.  A lock that is initialised by a call, or made in memory that was freed, is named after
 * that.  The thread is the calling one; the system keeps 15 bytes of its name. */
SNAG_OPTIONAL void snag_name_lock(const volatile void *lock, const char *name);
SNAG_OPTIONAL void snag_name_thread(const char *name);

/* Whoever takes both locks takes the first one first: where that is not so it is an error, also when no other thread ever
 * does it as it should be.  Three locks or more have an order when each two neighbours have. */
SNAG_OPTIONAL void snag_order(const volatile void *first, const volatile void *second);

/* What the calling thread does between the two gives no finding; the locks that it takes are known all the same, and a
 * deadlock that happens is told.  Calls may be nested. */
SNAG_OPTIONAL void snag_ignore_begin(void);
SNAG_OPTIONAL void snag_ignore_end(void);

#ifdef __cplusplus
}
#endif

#ifdef __PIC__
#define SNAG_CALL_(function, ...) (__builtin_expect(!!(function), 0) ? (function)(__VA_ARGS__) : (void)0)
#else
/* In a program that is not position-independent, the linker has settled that there is no such function: it is looked up
 * once at each place. */
#include <dlfcn.h>
#define SNAG_CALL_(function, ...)                                                                                      \
	__extension__({                                                                                                \
		static __typeof__(&function) found_snag_;                                                              \
		static int sought_snag_;                                                                               \
		if (__builtin_expect(!sought_snag_, 0)) {                                                              \
			found_snag_ = (__typeof__(&function))dlsym((void *)0, #function);                              \
			sought_snag_ = 1;                                                                              \
		}                                                                                                      \
		if (__builtin_expect(!!found_snag_, 0))                                                                \
			found_snag_(__VA_ARGS__);                                                                      \
	})
#endif
#define snag_breakpoint()    SNAG_CALL_(snag_breakpoint, )
#define snag_acquiring(lock) SNAG_CALL_(snag_acquiring, lock)
#define snag_acquired(lock)  SNAG_CALL_(snag_acquired, lock)
#define snag_released(lock)  SNAG_CALL_(snag_released, lock)
#define snag_name_lock(lock, name) SNAG_CALL_(snag_name_lock, lock, name)
#define snag_name_thread(name) SNAG_CALL_(snag_name_thread, name)
#define snag_order(first, second) SNAG_CALL_(snag_order, first, second)
#define snag_ignore_begin() SNAG_CALL_(snag_ignore_begin, )
#define snag_ignore_end() SNAG_CALL_(snag_ignore_end, )

#endif

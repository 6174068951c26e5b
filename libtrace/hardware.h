/* SPDX-License-Identifier: MIT */
/* Accesses to one variable, by any thread, seen by the processor (SNAG_OPTIONS watch=).
 *
 * A hardware watchpoint of a perf event is inherited by every thread that is created later, and sends the thread that
 * touches the variable a SIGTRAP at once.  Two of them tell writes from reads.  Each access that is new - by its place, its
 * thread, and the locks held - is recorded as a dependency: what protects the variable is for the analyser to find out.
 */
#ifndef SNAG_HARDWARE_H
#define SNAG_HARDWARE_H

/* Begins to watch, when that was asked for.  The first thread has been begun. */
void hardware_init(void);

#endif

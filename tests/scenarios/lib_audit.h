/* SPDX-License-Identifier: MIT */
/* A library that watches over the books of another one. */
#ifndef LIB_AUDIT_H
#define LIB_AUDIT_H

void audit_note(long amount);
long audit_compare(long (*total)(void)); /* against what total() says */

#endif

/* SPDX-License-Identifier: MIT */
/* Two locks, and a thread that has taken them, a before b, when the program's own constructors begin. */
#ifndef LIB_EARLY_H
#define LIB_EARLY_H

#include <pthread.h>

extern pthread_mutex_t early_a, early_b;
extern pthread_t early_thread;

#endif

/* SPDX-License-Identifier: MIT */
/* Two locks that a library takes, b before a, when the program has ended. */
#ifndef LIB_LATE_H
#define LIB_LATE_H

#include <pthread.h>

extern pthread_mutex_t late_a, late_b;

#endif

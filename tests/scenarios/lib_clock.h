/* SPDX-License-Identifier: MIT */
/* A library that brings its own clock, and the lock of that clock. */
#ifndef LIB_CLOCK_H
#define LIB_CLOCK_H

#include <pthread.h>
#include <time.h>

extern pthread_mutex_t clock_lock;

#endif

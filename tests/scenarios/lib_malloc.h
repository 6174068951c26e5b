/* SPDX-License-Identifier: MIT */
/* A malloc with two locks, and what takes and releases them around a fork. */
#ifndef LIB_MALLOC_H
#define LIB_MALLOC_H

#include <pthread.h>

extern pthread_mutex_t heap_lock, cache_lock;

#endif

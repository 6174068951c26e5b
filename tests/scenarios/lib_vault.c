/* SPDX-License-Identifier: MIT */
/* A library with a lock, and nothing that is ever called. */
#include <pthread.h>

extern pthread_mutex_t vault;
pthread_mutex_t vault = PTHREAD_MUTEX_INITIALIZER;

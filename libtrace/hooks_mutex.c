/* SPDX-License-Identifier: MIT */
/* Mutexes: what is not of regular shape. */
#include "hooks.h"

/* The owner of a robust mutex whose last owner died says that it has put things right; it holds it since EOWNERDEAD. */
exported int pthread_mutex_consistent(pthread_mutex_t *m)
{
	return real.pthread_mutex_consistent(m);
}

/* SPDX-License-Identifier: MIT */
/* A library that says which of two builds it is. */

#ifdef PLUGIN_ONE
#define work work_of_one
#define lock lock_of_one
#else
#define work work_of_two
#define lock lock_of_two
#endif

int work(int n);

int lock[10] = {1}; /* lock */

int work(int n)
{
	return lock[n % 10] * n + 1; /* work */
}

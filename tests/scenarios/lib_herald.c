/* SPDX-License-Identifier: MIT */
/* A library that is opened late, and knows what the loader told its constructor. */
extern int herald_n_arguments;
int herald_n_arguments;

__attribute__((constructor)) static void begin(int argc, char **argv)
{
	herald_n_arguments = argc;
}

/* SPDX-License-Identifier: MIT */
/* Words as a shell takes them. */
#ifndef SNAG_SHELL_H
#define SNAG_SHELL_H

#include <stdint.h>

struct pool;

/* A word in single quotes if it needs them; the caller's, from malloc. */
char *shell_word(const char *word);

/* A command; of one over 4 KiB what follows the first words is left out, as `...`. */
const char *shell_words(struct pool *pool, char *const words[], uint32_t n);

#endif

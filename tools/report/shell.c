/* SPDX-License-Identifier: MIT */
/* Words as a shell takes them: what is between single quotes is nothing but itself. */
#include "shell.h"

#include "../trace/pool.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { LONGEST_COMMAND = 4096 };

static const char harmless[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789%+,-./:=@_";

/* A quote itself stands outside, behind a backslash. */
static char *quoted(const char *word)
{
	char *text = zeroed_array(4 * strlen(word) + 3, 1), *at = text;

	*at++ = '\'';
	for (; *word; word++) {
		if (*word == '\'')
			at = stpcpy(at, "'\\'");
		*at++ = *word;
	}
	*at = '\'';
	return text;
}

char *shell_word(const char *word)
{
	if (*word && !word[strspn(word, harmless)])
		return strcpy(zeroed_array(strlen(word) + 1, 1), word);
	return quoted(word);
}

const char *shell_words(struct pool *pool, char *const words[], uint32_t n)
{
	char *all = pool_alloc(pool, LONGEST_COMMAND), *end = all;

	*end = '\0';
	for (uint32_t i = 0; i < n; i++) {
		char *word = shell_word(words[i]);
		bool fits = strlen(word) + sizeof(" ...") < (size_t)(all + LONGEST_COMMAND - end);

		end = stpcpy(stpcpy(end, i ? " " : ""), fits ? word : "...");
		free(word);
		if (!fits)
			break;
	}
	return all;
}

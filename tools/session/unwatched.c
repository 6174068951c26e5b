/* SPDX-License-Identifier: MIT */
/* Programs that the watched one has started, and that the shim cannot get into. */
#include "unwatched.h"

#include "../inspect/inspect.h"
#include "../trace/pool.h"
#include "complain.h"
#include "launch.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void unwatched_deinit(struct unwatched *unwatched)
{
	for (uint32_t i = 0; i < unwatched->n; i++)
		free(unwatched->sentences[i]);
	free(unwatched->sentences);
}

/* A sentence about the process's program when the shim cannot get into it, else NULL. */
static char *sentence_about(pid_t pid)
{
	char *link = format_string("/proc/%d/exe", (int)pid), *sentence = NULL, program[PATH_MAX];
	ssize_t n = readlink(link, program, sizeof(program) - 1);
	bool is_foreign;
	char *obstacle = launch_obstacle(link, &is_foreign);

	program[n < 0 ? 0 : n] = '\0';
	if (obstacle)
		sentence = format_string("%s was not watched: %s", program, obstacle);
	free(obstacle);
	free(link);
	return sentence;
}

static bool is_known(const struct unwatched *unwatched, const char *sentence)
{
	for (uint32_t i = 0; i < unwatched->n; i++)
		if (strcmp(unwatched->sentences[i], sentence) == 0)
			return true;
	return false;
}

static void add(struct unwatched *unwatched, char *sentence)
{
	if (!sentence || is_known(unwatched, sentence)) {
		free(sentence);
		return;
	}
	unwatched->sentences = grow_array(unwatched->sentences, unwatched->n + 1, sizeof(*unwatched->sentences));
	unwatched->sentences[unwatched->n++] = sentence;
}

void unwatched_look(struct unwatched *unwatched, pid_t child)
{
	size_t n;
	pid_t *tree = inspect_tree(child, &n);

	for (size_t i = 0; i < n; i++)
		add(unwatched, sentence_about(tree[i]));
	free(tree);
}

void unwatched_tell(const struct unwatched *unwatched)
{
	for (uint32_t i = 0; i < unwatched->n; i++)
		complain("%s", unwatched->sentences[i]);
}

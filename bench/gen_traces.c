/* SPDX-License-Identifier: MIT */
/* Writes a large trace into a file, for `snag report` or a profiler.  See --help. */
#include "nestings.h"

#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct options {
	struct nestings nestings;
	const char *path;
};

static const struct argp_option argp_options[] = {
	{"dependencies", 'd', "N", 0, "Dependencies in the trace (250000)", 0},
	{"threads", 't', "N", 0, "Threads besides main (8)", 0},
	{"locks", 'l', "N", 0, "Locks (10000)", 0},
	{"depth", 'n', "N", 0, "Locks of one nesting (3)", 0},
	{"reach", 'w', "N", 0, "How far apart the locks of a nesting are (50)", 0},
	{"sites", 's', "N", 0, "Places in the code where locks are taken (500)", 0},
	{"inversions", 'i', "PER_MILLE", 0, "Nestings in the wrong order (1)", 0},
	{"events", 'e', "N", 0, "Operations of a full recording, by 14 threads at most (0: a light one)", 0},
	{"seed", 'r', "N", 0, "Of the random numbers (1)", 0},
	{0},
};

static error_t take(struct argp_state *state, const char *text, uint32_t least, uint32_t most, uint32_t *ret)
{
	char *end;
	unsigned long value = strtoul(text, &end, 0);

	if (*end || end == text || value < least || value > most)
		argp_error(state, "%s is not a number from %u to %u", text, least, most);
	*ret = (uint32_t)value;
	return 0;
}

static error_t parse(int key, char *text, struct argp_state *state)
{
	struct options *options = state->input;
	struct nestings *nestings = &options->nestings;

	switch (key) {
	case 'd':
		return take(state, text, 1, 100000000, &nestings->n_deps);
	case 't':
		return take(state, text, 1, 1000000, &nestings->n_threads);
	case 'l':
		return take(state, text, 2, 10000000, &nestings->n_locks);
	case 'n':
		return take(state, text, 2, NESTINGS_MAX_DEPTH, &nestings->depth);
	case 'w':
		return take(state, text, 2, 10000000, &nestings->reach);
	case 's':
		return take(state, text, 1, 1000000, &nestings->n_sites);
	case 'i':
		return take(state, text, 0, 1000, &nestings->inversions);
	case 'e':
		return take(state, text, 0, 100000000, &nestings->n_events);
	case 'r':
		return take(state, text, 0, UINT32_MAX, &nestings->seed);
	case ARGP_KEY_ARG:
		options->path = text;
		return 0;
	case ARGP_KEY_END:
		if (!options->path)
			argp_usage(state);
		if (nestings->n_events && nestings->n_threads > NESTINGS_MAX_RECORDED)
			argp_error(state, "a full recording has %d threads at most", NESTINGS_MAX_RECORDED);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

int main(int argc, char **argv)
{
	static const struct argp argp = {argp_options, parse, "FILE", "Makes a large trace.", NULL, NULL, NULL};
	struct options options = {.nestings = nestings_default};
	struct trace *trace;
	int fd;

	argp_parse(&argp, argc, argv, 0, NULL, &options);
	fd = open(options.path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	trace = nestings_trace(&options.nestings);
	if (fd < 0 || trace_write(trace, fd) || close(fd)) {
		fprintf(stderr, "gen_traces: %s: %s\n", options.path, strerror(errno));
		return 1;
	}
	trace_free(trace);
	return 0;
}

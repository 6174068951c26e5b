/* SPDX-License-Identifier: MIT */
/* What judging costs: CPU time and memory for traces from ten thousand to a million locks, with an order and without.
 *
 *   bench_judge [--check]      --check: fails when a trace takes much more than is promised
 *
 * Each trace is read and judged in a process of its own, so that its peak of memory is its own.
 */
#include "nestings.h"

#include "tools/judge/finding.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct row {
	const char *title;
	struct nestings nestings;
	double most_seconds;		/* that are promised */
};

static const struct row rows[] = {
	{"10,000 locks, in order", {250000, 8, 10000, 3, 50, 500, 0, 1, 0}, 1},
	{"10,000 locks, 1 of 1000 nestings inverted", {250000, 8, 10000, 3, 50, 500, 1, 1, 0}, 1},
	{"  the same by 10,000 threads", {250000, 10000, 10000, 3, 50, 500, 1, 1, 0}, 1},
	{"  the same, locks of a nesting anywhere", {250000, 8, 10000, 3, 10000, 500, 1, 1, 0}, 1},
	{"100,000 locks, 1 of 1000 inverted", {250000, 8, 100000, 3, 50, 500, 1, 1, 0}, 1},
	{"1,000,000 locks, 1 of 1000 inverted", {250000, 64, 1000000, 3, 50, 500, 1, 1, 0}, 1},
	{"10,000 locks, no order at all", {250000, 8, 10000, 3, 10000, 500, 500, 1, 0}, 1},
	{"50 locks, no order at all", {42000, 8, 50, 3, 50, 500, 500, 1, 0}, 1},
	{"10,000 events of 10,000 locks", {2500, 8, 10000, 3, 50, 500, 1, 1, 10000}, 1},
	{"100,000 events of 10,000 locks", {25000, 8, 10000, 3, 50, 500, 1, 1, 100000}, 1},
	{"1,000,000 events of 10,000 locks", {250000, 8, 10000, 3, 50, 500, 1, 1, 1000000}, 1},
	{"1,000,000 events of 1,000,000 locks", {250000, 8, 1000000, 3, 50, 500, 1, 1, 1000000}, 1},
	{"10,000,000 events of 10,000 locks", {250000, 8, 10000, 3, 50, 500, 1, 1, 10000000}, 5},
};

enum {
	MOST_MB = 500, /* is promised for any of them, but for ten million events */
	MUCH_MORE = 4, /* the machine of a test may be slower, and has other things to do */
};

static double cpu_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* Returns whether the promise was kept. */
static bool measure(const struct row *row, const char *path)
{
	struct model *model = NULL;
	struct session session = {.models = &model, .n_models = 1};
	struct verdict *verdict;
	struct rusage usage;
	double begin = cpu_seconds(), read, judged;
	char *why;

	if (model_read(path, &model, &why)) {
		puts(why);
		exit(1);
	}
	read = cpu_seconds();
	verdict = judge(&session);
	judged = cpu_seconds();
	getrusage(RUSAGE_SELF, &usage);
	printf("%-44s %8u %8.2f %8.2f %8ld %8u%s\n", row->title, model->n_deps, read - begin, judged - read,
	       usage.ru_maxrss / 1024, verdict->n_findings, verdict->n_caps ? " (not all)" : "");
	verdict_free(verdict);
	model_free(model);
	return judged - begin <= MUCH_MORE * row->most_seconds &&
	       (row->most_seconds > 1 || usage.ru_maxrss / 1024 <= MOST_MB);
}

static int measure_row(const struct row *row, bool is_check)
{
	struct trace *trace = nestings_trace(&row->nestings);
	int fd = memfd_create("trace", 0), status = 1;
	char path[64];
	pid_t pid;

	if (fd < 0 || trace_write(trace, fd)) {
		perror("judge");
		return 1;
	}
	trace_free(trace);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		exit(!measure(row, path) && is_check);
	}
	waitpid(pid, &status, 0);
	close(fd);
	return status != 0;
}

int main(int argc, char **argv)
{
	bool is_check = argc == 2 && !strcmp(argv[1], "--check");
	int n_failed = 0;

	printf("%-44s %8s %8s %8s %8s %8s\n", "", "deps", "read s", "judge s", "MB", "findings");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		n_failed += measure_row(&rows[i], is_check);
	return n_failed != 0;
}

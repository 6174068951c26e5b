/* SPDX-License-Identifier: MIT */
/* Graphs drawn by Graphviz.
 *
 * Its program `dot` is run, and not its library linked: a layout of hostile size must end, and take nothing with it, and
 * whoever only runs a program under Snag need not load a layout engine.
 */
#include "drawing.h"
#include "formats.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { DOT_MOST_S = 30 }; /* CPU time */

static void why(char **ret_why, const char *what)
{
	if (asprintf(ret_why, "dot: %s", what) < 0)
		abort();
}

/* The child: dot between two files. */
static void exec_dot(int in, int out)
{
	const struct rlimit limit = {DOT_MOST_S, DOT_MOST_S};

	setrlimit(RLIMIT_CPU, &limit);
	if (dup2(in, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0)
		execlp("dot", "dot", "-Tsvg", (char *)NULL);
	_exit(errno == ENOENT ? 127 : 126);
}

static int run_dot(int in, int out, char **ret_why)
{
	int status = -1;
	pid_t pid;

	/* An inherited "ignore" would take its exit status away. */
	signal(SIGCHLD, SIG_DFL);
	pid = fork();
	if (pid == 0)
		exec_dot(in, out);
	if (pid < 0) {
		why(ret_why, strerror(errno));
		return -1;
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		return 0;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		why(ret_why, "not found: please install Graphviz");
	else if (WIFSIGNALED(status) && (WTERMSIG(status) == SIGKILL || WTERMSIG(status) == SIGXCPU))
		why(ret_why, "it takes too long to draw so much; --format dot writes the graph itself");
	else
		why(ret_why, "it could not draw the graph");
	return -1;
}

static int copy(FILE *from, FILE *to)
{
	char buffer[4096];
	size_t n;

	rewind(from);
	while ((n = fread(buffer, 1, sizeof(buffer), from)) > 0)
		fwrite(buffer, 1, n, to);
	return ferror(from) || ferror(to) ? -1 : 0;
}

int drawings_write_svg(const struct drawing *drawings, uint32_t n, FILE *out, char **ret_why)
{
	FILE *dot = tmpfile(), *svg = tmpfile();
	int r = -1;

	if (dot && svg) {
		drawings_write_dot(drawings, n, dot);
		fflush(dot);
		rewind(dot);
		r = run_dot(fileno(dot), fileno(svg), ret_why);
		if (r == 0)
			r = copy(svg, out);
	} else {
		why(ret_why, strerror(errno));
	}
	if (dot)
		fclose(dot);
	if (svg)
		fclose(svg);
	return r;
}

int report_svg(const struct report *report, bool shows_all, FILE *out, char **ret_why)
{
	struct drawing drawings[2];
	int r;

	drawing_lock_order(&drawings[0], report, shows_all);
	drawing_waits(&drawings[1], report, shows_all);
	r = drawings_write_svg(drawings, 2, out, ret_why);
	drawing_deinit(&drawings[0]);
	drawing_deinit(&drawings[1]);
	return r;
}

/* SPDX-License-Identifier: MIT */
/* Sessions: which files of a folder count, in which order, and what is known of the command. */
#undef NDEBUG
#include "build_trace.h"

#include "tools/trace/model.h"

#include <assert.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[] = "/tmp/snag-session-XXXXXX";

static char *path_of(const char *name)
{
	static char path[256];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	return path;
}

static void write_text(const char *name, const char *text)
{
	FILE *file = fopen(path_of(name), "w");

	assert(file && fputs(text, file) >= 0 && fclose(file) == 0);
}

static void write_trace(const char *name, uint32_t pid, uint64_t start_ns)
{
	static const char *const argv[] = {"bank", "-v"};
	struct trace *trace = trace_new(pid);
	int fd = open(path_of(name), O_WRONLY | O_CREAT | O_TRUNC, 0600);

	trace_header(trace)->start_realtime_ns = start_ns;
	trace_process(trace, "/usr/bin/bank", 2, argv);
	assert(fd >= 0 && trace_write(trace, fd) == 0 && close(fd) == 0);
	trace_free(trace);
}

static struct session *read_folder(void)
{
	char *paths[] = {folder}, *why = NULL;
	struct session *session = NULL;

	if (session_read(paths, 1, &session, &why))
		fprintf(stderr, "%s\n", why);
	assert(session);
	return session;
}

/* Nothing there, then only what cannot be read. */
static void test_nothing_to_judge(void)
{
	char *paths[] = {folder}, *missing[] = {"/nowhere/at/all"}, *why = NULL;
	struct session *session = NULL;

	assert(session_read(paths, 1, &session, &why) == -1 && strstr(why, folder));
	free(why);
	assert(session_read(missing, 1, &session, &why) == -1 && strstr(why, "/nowhere/at/all"));
	free(why);
	write_text("1.1.snag", "no trace");
	assert(session_read(paths, 1, &session, &why) == -1 && strstr(why, "not a Snag trace"));
	free(why);
	assert(!session);
}

/* By start, not by name; other files do not count, and a bad trace is a problem but no obstacle. */
static void test_order(void)
{
	struct session *session;

	write_trace("30.1.snag", 30, 100);
	write_trace("20.1.snag", 20, 300);
	write_trace("10.2.snag", 10, 200);
	write_text("bell", "");
	write_text("notes.snag.txt", "");
	session = read_folder();
	assert(session->n_models == 3 && session->models[0]->pid == 30 && session->models[1]->pid == 10);
	assert(session->models[2]->pid == 20);
	assert(session->n_problems == 1 && strstr(session->problems[0], "1.1.snag"));
	assert(session->pid == 30 && session->argc == 2 && strcmp(session->argv[1], "-v") == 0 && !session->has_exit);
	session_free(session);
}

static void expect_exit(const char *json, bool has_exit, int code, int signal)
{
	struct session *session;

	write_text("session.json", json);
	session = read_folder();
	assert(session->has_exit == has_exit && session->exit_code == code && session->exit_signal == signal);
	session_free(session);
}

static void test_command(void)
{
	struct session *session;

	write_text("session.json", "{\"argv\": [\"sh\", \"run.sh\"], \"pid\": 77, \"exit\": {\"code\": 3}}");
	session = read_folder();
	assert(session->argc == 2 && strcmp(session->argv[0], "sh") == 0 && !session->argv[2] && session->pid == 77);
	assert(session->has_exit && session->exit_code == 3 && !session->exit_signal);
	session_free(session);
	expect_exit("{\"exit\": {\"signal\": 6}}", true, -1, 6);
	expect_exit("{\"argv\": [1, null, {}], \"pid\": \"x\"}", false, 0, 0);
	expect_exit("{\"argv\": {}, \"exit\": 5}", false, 0, 0);
	expect_exit("{\"argv\": [", false, 0, 0);
	expect_exit("[]", false, 0, 0);
	expect_exit("", false, 0, 0);
}

static void clean_up(void)
{
	static const char *const names[] = {"1.1.snag", "30.1.snag",	  "20.1.snag",	 "10.2.snag",
					    "bell",	"notes.snag.txt", "session.json"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		unlink(path_of(names[i]));
	rmdir(folder);
}

int main(void)
{
	assert(mkdtemp(folder));
	test_nothing_to_judge();
	test_order();
	test_command();
	clean_up();
	return 0;
}

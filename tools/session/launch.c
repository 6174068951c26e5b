/* SPDX-License-Identifier: MIT */
/* Starts the program to be watched, as if it had been started directly. */
#include "launch.h"

#include "complain.h"

#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

/* ':' separates options. */
static char *escape_value(const char *value)
{
	char *escaped = NULL;
	size_t size;
	FILE *out = open_memstream(&escaped, &size);

	for (; out && *value; value++)
		if (*value == ':' || *value == '%')
			fprintf(out, "%%%02X", *value);
		else
			fputc(*value, out);
	if (!out || fclose(out))
		_exit(EXIT_SNAG_FAILED);
	return escaped;
}

void launch_init(struct launch *launch, char *const argv[], const char *shim, const char *dir, const char *mode)
{
	const char *preload = getenv("LD_PRELOAD"), *options = getenv("SNAG_OPTIONS");
	char *escaped = escape_value(dir);

	*launch = (struct launch){.argv = argv};
	if (shim)
		launch->preload = format_string("%s%s%s", shim, preload && *preload ? ":" : "", preload ? preload : "");
	launch->options = format_string("%s%sdir=%s:mode=%s", options ? options : "", options && *options ? ":" : "",
					escaped, mode);
	free(escaped);
}

void launch_add_option(struct launch *launch, const char *key, const char *value)
{
	char *escaped = escape_value(value), *options = launch->options;

	launch->options = format_string("%s:%s=%s", options, key, escaped);
	free(options);
	free(escaped);
}

void launch_deinit(struct launch *launch)
{
	free(launch->preload);
	free(launch->options);
}

/* There may be many runs, and one input: each reads a file from its beginning, and of anything else nothing. */
static int open_input(void)
{
	struct stat st;
	bool is_file = fstat(STDIN_FILENO, &st) == 0 && S_ISREG(st.st_mode);

	return open(is_file ? "/proc/self/fd/0" : "/dev/null", O_RDONLY);
}

static void divert(const char *output)
{
	int in = open_input(), out = open(output, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	if (in < 0 || out < 0 || dup2(in, STDIN_FILENO) < 0 || dup2(out, STDOUT_FILENO) < 0 ||
	    dup2(out, STDERR_FILENO) < 0)
		return;
	close(in);
	close(out);
}

static void __attribute__((noreturn)) become_program(const struct launch *launch, int status_pipe)
{
	int error;

	/* Whoever kills Snag means the program. */
	prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
	if (launch->may_trace)
		prctl(PR_SET_PTRACER, getppid(), 0, 0, 0);
	signals_restore(launch->signals);
	if (launch->output)
		divert(launch->output);
	if (!launch->preload ||
	    (setenv("LD_PRELOAD", launch->preload, 1) == 0 && setenv("SNAG_OPTIONS", launch->options, 1) == 0))
		execvp(launch->argv[0], launch->argv);
	error = errno;
	/* The pipe closes by itself when exec succeeds: nothing read means success. */
	if (write(status_pipe, &error, sizeof(error)) < 0)
		_exit(EXIT_SNAG_FAILED);
	_exit(EXIT_NOT_FOUND);
}

int launch_start(const struct launch *launch, pid_t *ret_pid)
{
	int status_pipe[2], error = 0;
	pid_t pid;
	ssize_t n;

	if (pipe2(status_pipe, O_CLOEXEC))
		return errno;
	pid = fork();
	if (pid == 0)
		become_program(launch, status_pipe[1]);
	if (pid < 0)
		error = errno;
	close(status_pipe[1]);
	do
		n = pid < 0 ? 0 : read(status_pipe[0], &error, sizeof(error));
	while (n < 0 && errno == EINTR);
	close(status_pipe[0]);
	*ret_pid = pid;
	return error;
}

/* ---- can it be watched? ----------------------------------------------------------------------------------------- */

int launch_open(const char *command)
{
	const char *path = getenv("PATH");
	int fd = -1;

	if (strchr(command, '/'))
		return open(command, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	for (path = path ? path : "/bin:/usr/bin"; fd < 0 && path; path = strchr(path, ':')) {
		size_t n = strcspn(path += *path == ':', ":");
		char *candidate = format_string("%.*s%s%s", (int)n, path, n ? "/" : "", command);

		if (access(candidate, X_OK) == 0)
			fd = open(candidate, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
		free(candidate);
	}
	return fd;
}

/* The loader that a program asks for (PT_INTERP); "" when it is statically linked, NULL for scripts and what is no ELF file. */
static char *loader_of(int fd)
{
	Elf *elf = elf_version(EV_CURRENT) == EV_NONE ? NULL : elf_begin(fd, ELF_C_READ_MMAP, NULL);
	char *loader = NULL;
	size_t n = 0, size = 0;
	const char *file = elf ? elf_rawfile(elf, &size) : NULL;
	GElf_Phdr header;

	if (!file || elf_kind(elf) != ELF_K_ELF || elf_getphdrnum(elf, &n))
		n = 0;
	for (size_t i = 0; i < n && gelf_getphdr(elf, (int)i, &header); i++) {
		bool is_inside = header.p_offset <= size && header.p_filesz <= size - header.p_offset;

		if (header.p_type != PT_INTERP || !is_inside)
			continue;
		free(loader);
		loader = strndup(file + header.p_offset, header.p_filesz);
	}
	if (n && !loader)
		loader = strdup("");
	elf_end(elf);
	return loader;
}

/* Whether a loader is of another C library, or another machine, than the one that has loaded this program. */
static bool is_foreign(const char *loader)
{
	int fd = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	char *own = fd < 0 ? NULL : loader_of(fd);
	bool is = own && *own && *loader && strcmp(basename(own), basename(loader)) != 0;

	if (fd >= 0)
		close(fd);
	free(own);
	return is;
}

/* The loader ignores LD_PRELOAD where starting a program changes privileges. */
static bool is_privileged(int fd, const struct stat *st)
{
	return (st->st_mode & S_ISUID && st->st_uid != getuid()) || (st->st_mode & S_ISGID && st->st_gid != getgid()) ||
	       (getuid() != 0 && fgetxattr(fd, "security.capability", NULL, 0) > 0);
}

static char *obstacle_of(int fd, const struct stat *st, bool *ret_is_foreign)
{
	char *loader = loader_of(fd), *obstacle = NULL;

	*ret_is_foreign = loader && is_foreign(loader);
	if (is_privileged(fd, st))
		obstacle = strdup("it is set-user-ID or has capabilities, and the loader keeps other libraries out of it");
	else if (*ret_is_foreign)
		obstacle = format_string("its loader is %s, of another C library or another machine than libtrace.so", loader);
	else if (loader && !*loader)
		obstacle = strdup("it is statically linked");
	free(loader);
	return obstacle;
}

char *launch_obstacle(const char *command, bool *ret_is_foreign)
{
	int fd = launch_open(command);
	char *obstacle = NULL;
	struct stat st;

	*ret_is_foreign = false;
	if (fd < 0)
		return NULL;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		obstacle = obstacle_of(fd, &st, ret_is_foreign);
	close(fd);
	return obstacle;
}

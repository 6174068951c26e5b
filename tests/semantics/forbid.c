/* SPDX-License-Identifier: MIT */
/* Runs a command to which the kernel answers a system call with an error.
 *
 *     forbid CALL ERRNO|kill COMMAND ...
 *
 * "create" is openat() that makes a file: what the loader opens can still be read.  With "kill" the call ends the process.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

static const struct {
	const char *name;
	unsigned number;
} calls[] = {
	{"create", SYS_openat},
	{"fallocate", SYS_fallocate},
	{"mincore", SYS_mincore},
	{"process_vm_readv", SYS_process_vm_readv},
};

static unsigned number_of(const char *name)
{
	for (size_t i = 0; i < sizeof(calls) / sizeof(*calls); i++)
		if (!strcmp(name, calls[i].name))
			return calls[i].number;
	fprintf(stderr, "%s: not a call that can be forbidden\n", name);
	exit(64);
}

static unsigned answer_of(const char *word)
{
	return strcmp(word, "kill") ? SECCOMP_RET_ERRNO | (unsigned)atoi(word) : SECCOMP_RET_KILL_PROCESS;
}

/* The flags of openat() are its third argument; other calls are forbidden whatever theirs is. */
static int forbid(unsigned number, unsigned answer)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, number, 0, 4),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_openat, 0, 2),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, args[2])),
		BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, O_CREAT, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, answer),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {sizeof(code) / sizeof(*code), code};

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

int main(int argc, char **argv)
{
	if (argc < 4)
		return 64;
	if (forbid(number_of(argv[1]), answer_of(argv[2]))) {
		perror("seccomp");
		return 77;
	}
	execvp(argv[3], argv + 3);
	perror(argv[3]);
	return 127;
}

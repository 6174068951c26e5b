/* SPDX-License-Identifier: MIT */
/* Reads memory of the program that may be gone by now.
 *
 * The kernel copies it, which fails where a load would end the process.  A service manager's filter of system calls may end
 * the process for the question (process_vm_readv() is one of debuggers): there, and where the kernel refuses, the memory is
 * taken to be there, as it is but for a moment's bad luck.
 */
#include "peek.h"

#include "real.h"

#include <errno.h>
#include <linux/futex.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

cold bool peek_is_forbidden(void)
{
	return prctl(PR_GET_SECCOMP) != 0;
}

enum answer { IS_THERE, IS_GONE, IS_NOT_SAID };

static cold enum answer ask(uintptr_t from, size_t size, void *ret)
{
	const struct iovec here = {ret, size}, there = {(void *)from, size};

	if (peek_is_forbidden())
		return IS_NOT_SAID;
	if (process_vm_readv(getpid(), &here, 1, &there, 1, 0) == (ssize_t)size)
		return IS_THERE;
	return errno == EFAULT ? IS_GONE : IS_NOT_SAID;
}

cold bool peek(uintptr_t from, size_t size, void *ret)
{
	enum answer answer = ask(from, size, ret);

	if (answer == IS_NOT_SAID)
		memcpy(ret, (const void *)from, size);
	return answer != IS_GONE;
}

/* What a program with threads may always do is to sleep while a word has a value: for no time, and one that it hardly has. */
static cold bool is_word_there(uintptr_t at)
{
	const struct timespec no_time = {0, 0};

	return real.syscall(SYS_futex, at & ~(uintptr_t)3, FUTEX_WAIT_PRIVATE, 0x5eed9a6e, &no_time, NULL, 0) == 0 ||
	       errno == EAGAIN || errno == ETIMEDOUT || errno == EINTR;
}

cold bool peek_unsure(uintptr_t from, size_t size, void *ret)
{
	enum answer answer = ask(from, size, ret);

	if (answer == IS_NOT_SAID && is_word_there(from) && is_word_there(from + size - 1)) {
		memcpy(ret, (const void *)from, size);
		answer = IS_THERE;
	}
	return answer == IS_THERE;
}

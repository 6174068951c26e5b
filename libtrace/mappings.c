/* SPDX-License-Identifier: MIT */
/* Reads /proc/self/maps, line by line:
 *
 *   7f235110f000-7f2351111000 rw-s 00001000 00:01 257337                     /dev/shm/pool
 *
 * By system calls that are no points of cancellation: this is done with locks of the shim held.
 */
#include "mappings.h"

#include "compiler.h"
#include "real.h"

#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

static struct {
	int fd;
	size_t at, n;
	char text[4096];
} maps;

static cold int next_char(void)
{
	long n;

	if (maps.at == maps.n) {
		n = real.syscall(SYS_read, (long)maps.fd, maps.text, sizeof(maps.text), 0, 0, 0);
		maps.at = 0;
		maps.n = n > 0 ? (size_t)n : 0;
	}
	return maps.at < maps.n ? maps.text[maps.at++] : -1;
}

/* What does not fit is left out. */
static cold bool next_line(char *line, size_t size)
{
	size_t n = 0;
	int c;

	while ((c = next_char()) >= 0 && c != '\n')
		if (n + 1 < size)
			line[n++] = (char)c;
	line[n] = '\0';
	return c >= 0;
}

/* A number and the one character that follows it. */
static cold uint64_t take_number(const char **text, unsigned base)
{
	uint64_t number = 0;

	for (;; ++*text) {
		unsigned digit = (unsigned char)**text;

		if (digit >= '0' && digit <= '9')
			digit -= '0';
		else if (digit >= 'a' && digit <= 'f')
			digit -= 'a' - 10;
		else
			break;
		number = number * base + digit;
	}
	*text += **text != '\0';
	return number;
}

static cold bool read_line(const char *text, uint64_t address, struct record_file *file, char path[PATH_MAX])
{
	uint64_t start = take_number(&text, 16), end = take_number(&text, 16);
	bool is_shared = strlen(text) > 5 && text[3] == 's';
	unsigned major;

	if (address < start || address >= end || !is_shared)
		return false;
	text += 5;
	file->offset = take_number(&text, 16) + (address - start);
	major = (unsigned)take_number(&text, 16);
	file->device = makedev(major, (unsigned)take_number(&text, 16));
	file->inode = take_number(&text, 10);
	text += strspn(text, " ");
	strcpy(path, text);
	file->path_size = (uint32_t)strlen(path) + 1;
	return true;
}

cold bool mapping_find(uint64_t address, struct record_file *ret_file, char ret_path[PATH_MAX])
{
	static char line[PATH_MAX];
	bool is_found = false;

	maps.at = maps.n = 0;
	maps.fd = (int)real.syscall(SYS_openat, (long)AT_FDCWD, "/proc/self/maps", (long)O_RDONLY | O_CLOEXEC, 0, 0, 0);
	if (maps.fd < 0)
		return false;
	while (!is_found && next_line(line, sizeof(line)))
		is_found = read_line(line, address, ret_file, ret_path);
	real.syscall(SYS_close, (long)maps.fd, 0, 0, 0, 0, 0);
	return is_found;
}

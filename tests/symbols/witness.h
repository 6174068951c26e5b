/* SPDX-License-Identifier: MIT */
/* A program that says what it is: test-symbols runs it, gives the addresses to tools/symbols, and compares.
 *
 *   CALLED_IN("put@inside;move@called;main@moved")
 *                                    the frames at this place, innermost first: function (only the end of its name, if
 *                                    it begins with a star), and the line that has the comment with that mark
 *   LOCK(accounts, [3].lock, class)  a variable and a part of it: to be named as it is written here, to belong to that
 *                                    class (NULL: none), and to be declared on the line that has the variable's name as
 *                                    comment
 *   NAMED_LOCK("ns::(anonymous namespace)::lock", ns::lock,, class)
 *                                    the same when the variable's full name cannot be written in the program
 *   LOCAL_LOCK(function, lock,, class)  the same for a static variable of a function
 *   WITNESS_MODULES()                where everything was loaded
 */
#ifndef SNAG_WITNESS_H
#define SNAG_WITNESS_H

#include <elf.h>
#include <link.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define WITNESS_TEXT(...) #__VA_ARGS__

/* What follows the call keeps it from becoming a jump, which would return to the caller's caller. */
#define CALLED_IN(frames)                                                                                             \
	do {                                                                                                          \
		witness_call(frames);                                                                                 \
		__asm__ volatile("" ::: "memory");                                                                    \
	} while (0)

#define WITNESS_LOCK(kind, name, variable, part, class_name)                                                           \
	witness_lock(kind, name, &variable, &variable part, WITNESS_TEXT(part), class_name)

#define LOCK(variable, part, class_name) WITNESS_LOCK("data", WITNESS_TEXT(variable), variable, part, class_name)

#define NAMED_LOCK(name, variable, part, class_name) WITNESS_LOCK("data", name, variable, part, class_name)

#define LOCAL_LOCK(function, variable, part, class_name)                                                               \
	WITNESS_LOCK("local", #function "::" #variable, variable, part, class_name)

__attribute__((noinline, unused)) static void witness_call(const char *frames)
{
	printf("call|%lx|%s\n", (unsigned long)__builtin_return_address(0), frames);
}

__attribute__((unused)) static void witness_lock(const char *kind, const char *variable, const volatile void *start,
						 const volatile void *at, const char *part, const char *class_name)
{
	printf("%s|%lx|%lx|%s|%s|%s\n", kind, (unsigned long)start, (unsigned long)at, variable, part,
	       class_name ? class_name : "");
}

/* Where the notes from `at` to `end` have a build id; NULL when they have none. */
__attribute__((unused)) static const unsigned char *witness_build_id_in(const char *at, const char *end, size_t *ret_size)
{
	while (at < end) {
		const ElfW(Nhdr) *note = (const ElfW(Nhdr) *)at;
		const char *name = at + sizeof(*note), *bytes = name + ((note->n_namesz + 3) & ~3u);

		*ret_size = note->n_descsz;
		if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == 4 && memcmp(name, "GNU", 4) == 0)
			return (const unsigned char *)bytes;
		at = bytes + ((note->n_descsz + 3) & ~3u);
	}
	*ret_size = 0;
	return NULL;
}

__attribute__((unused)) static const unsigned char *witness_build_id(const struct dl_phdr_info *info, size_t *ret_size)
{
	const unsigned char *found = NULL;

	*ret_size = 0;
	for (int i = 0; i < info->dlpi_phnum && !found; i++) {
		const char *start = (const char *)info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;

		if (info->dlpi_phdr[i].p_type == PT_NOTE)
			found = witness_build_id_in(start, start + info->dlpi_phdr[i].p_memsz, ret_size);
	}
	return found;
}

/* From where to where a module's segments lie. */
__attribute__((unused)) static void witness_range(const struct dl_phdr_info *info, unsigned long *ret_start,
						  unsigned long *ret_end)
{
	*ret_start = -1ul;
	*ret_end = 0;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		unsigned long start = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;

		if (info->dlpi_phdr[i].p_type != PT_LOAD)
			continue;
		if (start < *ret_start)
			*ret_start = start;
		if (start + info->dlpi_phdr[i].p_memsz > *ret_end)
			*ret_end = start + info->dlpi_phdr[i].p_memsz;
	}
}

__attribute__((unused)) static int witness_module(struct dl_phdr_info *info, size_t size, void *arg)
{
	unsigned long start, end;
	const unsigned char *build_id = witness_build_id(info, &size);
	char exe[4096] = "";

	(void)arg;
	if (!info->dlpi_name[0] && readlink("/proc/self/exe", exe, sizeof(exe) - 1) < 0)
		return 1;
	witness_range(info, &start, &end);
	printf("module|%lx|%lx|%lx|%s|", (unsigned long)info->dlpi_addr, start, end, exe[0] ? exe : info->dlpi_name);
	for (size_t i = 0; i < size; i++)
		printf("%02x", build_id[i]);
	printf("\n");
	return 0;
}

#define WITNESS_MODULES() dl_iterate_phdr(witness_module, NULL)

#endif

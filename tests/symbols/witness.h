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

__attribute__((unused)) static void witness_build_id(const char *at, const char *end)
{
	while (at < end) {
		const ElfW(Nhdr) *note = (const ElfW(Nhdr) *)at;
		const char *name = at + sizeof(*note), *bytes = name + ((note->n_namesz + 3) & ~3u);

		if (note->n_type == NT_GNU_BUILD_ID && note->n_namesz == 4 && memcmp(name, "GNU", 4) == 0)
			for (unsigned int i = 0; i < note->n_descsz; i++)
				printf("%02x", (unsigned char)bytes[i]);
		at = bytes + ((note->n_descsz + 3) & ~3u);
	}
}

__attribute__((unused)) static int witness_module(struct dl_phdr_info *info, size_t size, void *arg)
{
	unsigned long start = -1ul, end = 0;
	char exe[4096] = "";

	(void)size, (void)arg;
	if (!info->dlpi_name[0] && readlink("/proc/self/exe", exe, sizeof(exe) - 1) < 0)
		return 1;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *header = &info->dlpi_phdr[i];

		if (header->p_type != PT_LOAD)
			continue;
		if (info->dlpi_addr + header->p_vaddr < start)
			start = info->dlpi_addr + header->p_vaddr;
		if (info->dlpi_addr + header->p_vaddr + header->p_memsz > end)
			end = info->dlpi_addr + header->p_vaddr + header->p_memsz;
	}
	printf("module|%lx|%lx|%lx|%s|", (unsigned long)info->dlpi_addr, start, end, exe[0] ? exe : info->dlpi_name);
	for (int i = 0; i < info->dlpi_phnum; i++)
		if (info->dlpi_phdr[i].p_type == PT_NOTE)
			witness_build_id((const char *)info->dlpi_addr + info->dlpi_phdr[i].p_vaddr,
					 (const char *)info->dlpi_addr + info->dlpi_phdr[i].p_vaddr +
						 info->dlpi_phdr[i].p_memsz);
	printf("\n");
	return 0;
}

#define WITNESS_MODULES() dl_iterate_phdr(witness_module, NULL)

#endif

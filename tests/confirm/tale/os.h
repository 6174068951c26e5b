/* SPDX-License-Identifier: MIT */
/* What the little database wants of its system: one mutex for all that threads share, files, memory, chance. */
#ifndef TALE_OS_H
#define TALE_OS_H

#include <stddef.h>

enum { PAGE_SIZE = 64 };

struct os_file;

/* The mutex of the whole library.  A thread may enter as often as it likes. */
void os_enter(void);
void os_leave(void);

/* Memory, counted. */
void *os_allocate(size_t size);
void os_free(void *memory, size_t size);
size_t os_allocated(void);

unsigned os_random(void);

/* A file of that name, the same for all who have it open. */
struct os_file *os_open(const char *name);
void os_close(struct os_file *file);
void os_read(struct os_file *file, unsigned page, char text[PAGE_SIZE]);
void os_write(struct os_file *file, unsigned page, const char text[PAGE_SIZE]);

#endif

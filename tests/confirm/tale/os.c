/* SPDX-License-Identifier: MIT */
/* The system side of the little database, with the mutex of SQLite 3.3.3.
 *
 * Recursive mutexes could not be had everywhere then, so one was made of two plain ones, `aux` and `main`, an owner and a
 * count.  The count is raised when `aux` has been left: who looks at it just before that takes the owner's way.
 */
#include "os.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { N_PAGES = 16, NAME_SIZE = 32 };

struct os_file {
	char name[NAME_SIZE];
	char pages[N_PAGES][PAGE_SIZE];
	unsigned n_users;
	struct os_file *next;
};

/* ---- the mutex -------------------------------------------------------------------------------------------------- */

static pthread_mutex_t mutex_aux = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t mutex_main = PTHREAD_MUTEX_INITIALIZER;
static pthread_t owner;
static volatile int in_mutex;

void os_enter(void)
{
	pthread_mutex_lock(&mutex_aux);
	if (in_mutex == 0) {
		pthread_mutex_lock(&mutex_main); /* the first time */
		owner = pthread_self();
	} else if (!pthread_equal(owner, pthread_self())) {
		pthread_mutex_unlock(&mutex_aux);
		pthread_mutex_lock(&mutex_main);
		pthread_mutex_lock(&mutex_aux);
		owner = pthread_self();
	}
	pthread_mutex_unlock(&mutex_aux);
	in_mutex++;
}

void os_leave(void)
{
	pthread_mutex_lock(&mutex_aux);
	if (--in_mutex == 0)
		pthread_mutex_unlock(&mutex_main);
	pthread_mutex_unlock(&mutex_aux);
}

/* ---- memory and chance ------------------------------------------------------------------------------------------ */

static size_t n_allocated;

void *os_allocate(size_t size)
{
	os_enter();
	n_allocated += size;
	os_leave();
	return calloc(1, size);
}

void os_free(void *memory, size_t size)
{
	os_enter();
	n_allocated -= size;
	os_leave();
	free(memory);
}

size_t os_allocated(void)
{
	size_t n;

	os_enter();
	n = n_allocated;
	os_leave();
	return n;
}

unsigned os_random(void)
{
	static unsigned state = 1;
	unsigned value;

	os_enter();
	state = state * 1103515245 + 12345;
	value = state >> 16;
	os_leave();
	return value;
}

/* ---- files ------------------------------------------------------------------------------------------------------ */

static struct os_file *files;

static struct os_file *find_file(const char *name)
{
	for (struct os_file *file = files; file; file = file->next)
		if (strcmp(file->name, name) == 0)
			return file;
	return NULL;
}

/* Memory is counted under the mutex, which is entered for the second time then. */
struct os_file *os_open(const char *name)
{
	struct os_file *file;

	os_enter();
	file = find_file(name);
	if (!file) {
		file = os_allocate(sizeof(*file));
		strncpy(file->name, name, sizeof(file->name) - 1);
		file->next = files;
		files = file;
	}
	file->n_users++;
	os_leave();
	return file;
}

static void forget_file(struct os_file *file)
{
	struct os_file **at = &files;

	while (*at != file)
		at = &(*at)->next;
	*at = file->next;
	os_free(file, sizeof(*file));
}

void os_close(struct os_file *file)
{
	os_enter();
	if (--file->n_users == 0)
		forget_file(file);
	os_leave();
}

void os_read(struct os_file *file, unsigned page, char text[PAGE_SIZE])
{
	os_enter();
	memcpy(text, file->pages[page % N_PAGES], PAGE_SIZE);
	os_leave();
}

void os_write(struct os_file *file, unsigned page, const char text[PAGE_SIZE])
{
	os_enter();
	memcpy(file->pages[page % N_PAGES], text, PAGE_SIZE);
	os_leave();
}

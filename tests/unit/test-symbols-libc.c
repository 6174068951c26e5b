/* SPDX-License-Identifier: MIT */
/* A real stack through the C library, with its debug information and without.
 *
 *   test-symbols-libc with         as installed: wants libc6-dbg
 *   test-symbols-libc without      a copy with another build id, for which there is no debug information anywhere
 */
#undef NDEBUG
#include "tests/symbols/witness.h"
#include "tools/symbols/symbols.h"

#include <assert.h>
#include <dlfcn.h>
#include <execinfo.h>
#include <gnu/libc-version.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

enum { MAX_STACK = 64, EXIT_SKIPPED = 77, FOREVER = -1 };

static void *stack[MAX_STACK];
static int n_stack;

/* compare <- (the library's sort) <- sort_in_thread <- (the library's thread start) */
static __attribute__((noinline)) int compare(const void *a, const void *b)
{
	n_stack = backtrace(stack, MAX_STACK);
	return *(const int *)a - *(const int *)b;
}

static __attribute__((noinline)) void *sort_in_thread(void *arg)
{
	int numbers[] = {3, 1, 2};

	qsort(numbers, 3, sizeof(*numbers), compare);
	return arg;
}

/* The C library in this process, and the copy of it that symbols is to read; "" when it is the real one. */
struct libc {
	char path[256], copy[256];
	unsigned char build_id[64];
	size_t build_id_size;
	uint64_t bias, start, end;
};

static int learn(struct dl_phdr_info *info, size_t size, void *arg)
{
	struct libc *libc = arg;
	unsigned long start, end;

	witness_range(info, &start, &end);
	if ((uintptr_t)gnu_get_libc_version < start || (uintptr_t)gnu_get_libc_version >= end)
		return 0;
	snprintf(libc->path, sizeof(libc->path), "%s", info->dlpi_name);
	memcpy(libc->build_id, witness_build_id(info, &size), size);
	libc->build_id_size = size;
	libc->bias = info->dlpi_addr;
	libc->start = start;
	libc->end = end;
	return 1;
}

/* The debug file is found by the build id; another id is as good as no debug file. */
static void copy_with_other_id(struct libc *libc)
{
	static char bytes[64 << 20];
	FILE *file = fopen(libc->path, "re");
	size_t size = fread(bytes, 1, sizeof(bytes), file);
	char *id = memmem(bytes, size, libc->build_id, libc->build_id_size);

	assert(size < sizeof(bytes) && id);
	fclose(file);
	libc->build_id[0] ^= 0xff;
	id[0] ^= 0xff;
	snprintf(libc->copy, sizeof(libc->copy), "/tmp/test-symbols-XXXXXX");
	file = fdopen(mkstemp(libc->copy), "we");
	assert(file && fwrite(bytes, 1, size, file) == size && fclose(file) == 0);
}

static bool has_debug_file(const struct libc *libc)
{
	char path[256], *to = path + sprintf(path, "/usr/lib/debug/.build-id/%02x/", libc->build_id[0]);

	for (size_t i = 1; i < libc->build_id_size; i++)
		to += sprintf(to, "%02x", libc->build_id[i]);
	strcpy(to, ".debug");
	return access(path, R_OK) == 0;
}

static bool ends_with(const char *text, const char *end)
{
	size_t length = text ? strlen(text) : 0;

	return length >= strlen(end) && strcmp(text + length - strlen(end), end) == 0;
}

/* What was seen of a stack. */
struct seen {
	int n_sort, n_start, n_lines, n_frames;
};

static void see(struct seen *seen, const struct frame *frame)
{
	const char *function = frame->function ? frame->function : "";

	printf("%s %s:%u %s+0x%lx\n", function, frame->file, frame->line, frame->module, (unsigned long)frame->offset);
	assert(frame->module && frame->offset > 0);
	seen->n_frames++;
	seen->n_sort += strcmp(function, "qsort") == 0 || strcmp(function, "qsort_r") == 0;
	seen->n_start += strcmp(function, "start_thread") == 0 && ends_with(frame->file, "pthread_create.c");
	seen->n_lines += frame->file && frame->line;
}

static void see_stack(struct seen *seen, const struct libc *libc)
{
	struct symbols *symbols = symbols_new(NULL);

	symbols_add_module(symbols, libc->copy[0] ? libc->copy : libc->path, libc->bias, libc->start, libc->end, 0,
			   FOREVER, libc->build_id, libc->build_id_size);
	for (int i = 0; i < n_stack; i++) {
		uint64_t pc = (uintptr_t)stack[i];
		size_t n;
		const struct frame *frames = symbols_frames(symbols, pc, 0, true, &n);

		for (size_t k = 0; pc >= libc->start && pc < libc->end && k < n; k++)
			see(seen, &frames[k]);
	}
	symbols_free(symbols);
}

int main(int argc, char **argv)
{
	struct libc libc = {.copy = ""};
	struct seen seen = {.n_frames = 0};
	pthread_t thread;
	bool is_with;

	assert(argc == 2 && dl_iterate_phdr(learn, &libc));
	is_with = strcmp(argv[1], "with") == 0;
	if (is_with && !has_debug_file(&libc)) {
		printf("skipped: libc6-dbg is missing\n");
		return EXIT_SKIPPED;
	}
	assert(pthread_create(&thread, NULL, sort_in_thread, NULL) == 0 && pthread_join(thread, NULL) == 0);
	if (!is_with)
		copy_with_other_id(&libc);
	see_stack(&seen, &libc);
	if (libc.copy[0])
		unlink(libc.copy);
	assert(seen.n_frames >= 3 && seen.n_sort > 0);
	assert(is_with ? seen.n_start == 1 && seen.n_lines == seen.n_frames : !seen.n_start && !seen.n_lines);
	return EXIT_SUCCESS;
}

/* SPDX-License-Identifier: MIT */
/* A recorded stack as a person wants to see it. */
#include "stacks.h"

#include <inttypes.h>
#include <string.h>

static bool starts_with(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

const char *base_name(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	return slash ? slash + 1 : path;
}

static bool is_start_module(const char *module)
{
	static const char *const names[] = {"libc.so", "libc-", "libpthread", "ld-linux", "ld-2.", "libtrace.so"};

	for (size_t i = 0; module && i < sizeof(names) / sizeof(*names); i++)
		if (starts_with(module, names[i]))
			return true;
	return false;
}

static bool is_cxx_runtime(const struct frame *frame)
{
	static const char *const functions[] = {"std::", "__gnu_cxx::", "__gthread_", "void std::", "bool std::"};

	if (frame->module && (starts_with(frame->module, "libstdc++") || starts_with(frame->module, "libc++")))
		return true;
	if (frame->file && strstr(frame->file, "/include/c++/"))
		return true;
	for (size_t i = 0; frame->function && i < sizeof(functions) / sizeof(*functions); i++)
		if (starts_with(frame->function, functions[i]))
			return true;
	return false;
}

bool frame_is_runtime(const struct frame *frame)
{
	return is_start_module(frame->module) || is_cxx_runtime(frame);
}

static bool is_main(const struct frame *frame)
{
	return frame->function && strcmp(frame->function, "main") == 0 && !is_start_module(frame->module);
}

static bool is_below_start(const struct frame *frame)
{
	return is_start_module(frame->module) || (frame->function && strcmp(frame->function, "_start") == 0);
}

/* How many frames are left when what lies below main, or below a thread's start routine, is taken off. */
static size_t without_start(const struct frame *const *frames, size_t n)
{
	size_t kept = n;

	for (size_t i = n; i > 0; i--)
		if (is_main(frames[i - 1]))
			return i;
	while (kept > 0 && is_below_start(frames[kept - 1]))
		kept--;
	return kept ? kept : n;
}

static size_t find_site(const struct backtrace *backtrace)
{
	for (size_t i = 0; i < backtrace->n; i++)
		if (!frame_is_runtime(backtrace->frames[i]))
			return i;
	return 0;
}

struct backtrace *backtrace_new(struct pool *pool, struct symbols *symbols, const struct stack *stack)
{
	struct backtrace *backtrace = pool_alloc(pool, sizeof(*backtrace));
	size_t n_all = 0;

	for (uint32_t i = 0; i < stack->n; i++) {
		size_t n;

		symbols_frames(symbols, stack->pc[i], stack->epoch, true, &n);
		n_all += n;
	}
	backtrace->frames = pool_alloc(pool, n_all * sizeof(*backtrace->frames));
	for (uint32_t i = 0; i < stack->n; i++) {
		size_t n;
		const struct frame *frames = symbols_frames(symbols, stack->pc[i], stack->epoch, true, &n);

		for (size_t k = 0; k < n; k++)
			backtrace->frames[backtrace->n++] = &frames[k];
	}
	backtrace->is_cut = stack->is_cut;
	backtrace->n = without_start(backtrace->frames, backtrace->n);
	backtrace->site = find_site(backtrace);
	return backtrace;
}

const struct frame *backtrace_site(const struct backtrace *backtrace)
{
	return backtrace->n ? backtrace->frames[backtrace->site] : NULL;
}

const struct frame *backtrace_entry(const struct backtrace *backtrace)
{
	for (size_t i = backtrace->n; i > 0; i--)
		if (!frame_is_runtime(backtrace->frames[i - 1]))
			return backtrace->frames[i - 1];
	return NULL;
}

char *frame_where(struct pool *pool, const struct frame *frame)
{
	const char *module = frame->module ? frame->module : "?";

	if (frame->file && frame->line)
		return pool_printf(pool, "at %s:%" PRIu32, base_name(frame->file), frame->line);
	if (frame->function)
		return pool_printf(pool, "in %s (%s)", frame->function, module);
	return pool_printf(pool, "at %s+0x%" PRIx64, module, frame->offset);
}

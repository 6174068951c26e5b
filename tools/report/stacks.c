/* SPDX-License-Identifier: MIT */
/* A recorded stack as a person wants to see it. */
#include "stacks.h"

#include <inttypes.h>
#include <stdlib.h>
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

/* What a library's header, or Rust's own library, has left in the program: Boost's locks are inline. */
static bool is_library_source(const char *file)
{
	static const char *const folders[] = {"/usr/include/", "/usr/local/include/", "/rustc/", "library/std/src/",
					      "library/core/src/", "library/alloc/src/"};

	for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++)
		if (starts_with(file, folders[i]))
			return true;
	return strstr(file, "/include/c++/") != NULL;
}

static bool is_language_runtime(const struct frame *frame)
{
	static const char *const functions[] = {"std::", "__gnu_cxx::", "__gthread_", "void std::", "bool std::", "__rust_"};

	if (frame->module && (starts_with(frame->module, "libstdc++") || starts_with(frame->module, "libc++")))
		return true;
	if (frame->file && is_library_source(frame->file))
		return true;
	for (size_t i = 0; frame->function && i < sizeof(functions) / sizeof(*functions); i++)
		if (starts_with(frame->function, functions[i]))
			return true;
	return false;
}

bool frame_is_runtime(const struct frame *frame)
{
	return is_start_module(frame->module) || is_language_runtime(frame);
}

static bool is_main(const struct frame *frame)
{
	return frame->function && strcmp(frame->function, "main") == 0 && !is_start_module(frame->module);
}

/* How many pcs of a stack are left without those that started the thread.  Their modules tell, and nothing is looked up
 * in those: the C library's debug information alone can take longer to read than all the rest. */
static uint32_t without_start(const struct model *model, const struct stack *stack)
{
	uint32_t n = stack->n;

	while (n > 0) {
		const struct module *module = model_module_at(model, stack->pc[n - 1], stack->epoch);

		if (!module || !is_start_module(base_name(module->path)))
			break;
		n--;
	}
	return n ? n : stack->n;
}

/* Adds the frames at a pc; false when nothing further out is of interest. */
static bool add_frames(struct backtrace *backtrace, const struct frame *frames, size_t n)
{
	backtrace->frames = grow_array(backtrace->frames, backtrace->n + n, sizeof(*backtrace->frames));
	for (size_t i = 0; i < n; i++)
		backtrace->frames[backtrace->n++] = &frames[i];
	return n == 0 || !is_main(&frames[n - 1]);
}

static size_t find_site(const struct backtrace *backtrace)
{
	for (size_t i = 0; i < backtrace->n; i++)
		if (!frame_is_runtime(backtrace->frames[i]))
			return i;
	return 0;
}

struct backtrace *backtrace_new(struct pool *pool, struct symbols *symbols, const struct model *model, uint32_t stack)
{
	struct backtrace *backtrace = pool_alloc(pool, sizeof(*backtrace)), found = {0};
	const struct stack *from = &model->stacks[stack];
	uint32_t n_pcs = without_start(model, from);
	bool goes_on = true;

	for (uint32_t i = 0; i < n_pcs && goes_on; i++) {
		size_t n;
		const struct frame *frames = symbols_frames(symbols, from->pc[i], from->epoch, true, &n);

		goes_on = add_frames(&found, frames, n);
	}
	*backtrace = found;
	backtrace->frames = pool_new_array(pool, const struct frame *, found.n);
	if (found.n)
		memcpy(backtrace->frames, found.frames, found.n * sizeof(*found.frames));
	free(found.frames);
	backtrace->is_cut = from->is_cut && goes_on && n_pcs == from->n;
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

const char *frame_code(struct pool *pool, const struct frame *frame)
{
	const char *module = frame->module ? frame->module : "";

	if (!frame->function)
		return pool_printf(pool, "%s+%" PRIx64, module, frame->offset);
	return pool_printf(pool, "%s!%s", module, frame->function);
}

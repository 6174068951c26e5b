/* SPDX-License-Identifier: MIT */
/* Finds the functions behind ours, in the next library that has them: other preloaded libraries get their turn.
 *
 * dlsym() gives the default version of a symbol since glibc 2.36 and the oldest one before, so a symbol that has two is
 * asked for by version.  A successful look-up takes no memory and calls nothing that we wrap, so it may happen inside any
 * wrapper.
 */
#include "real.h"

#include <dlfcn.h>

static cold void *find_in(const char *soname, const char *name)
{
	void *library = real.dlopen(soname, RTLD_LAZY | RTLD_NOLOAD), *function;

	if (!library)
		return NULL;
	function = dlsym(library, name);
	real.dlclose(library);
	return function;
}

/* The C++ runtime comes with the first C++ library, perhaps one that is opened late and for itself alone: then it is not
 * among the next libraries.  Any of the two runtimes will do for all guards, since both look at the first byte only, and for all
 * memory, since both call free(). */
static cold void *find_in_cxx_runtime(const char *name)
{
	void *function = find_in("libstdc++.so.6", name);

	return function ? function : find_in("libc++abi.so.1", name);
}

static cold void resolve_free(void *memory);

static cold void leak(void *memory)
{
}

/* A look-up that fails leaves words about it, and the next one frees them: free() is found before anything else, and the
 * one call that may come meanwhile leaks. */
static cold void find_free(void)
{
	if (real.free != resolve_free)
		return;
	real.free = leak;
	real.free = (void (*)(void *))dlsym(RTLD_NEXT, "free");
}

static cold void *find(const char *name, const char *version)
{
	void *function;

	find_free();
	function = version ? dlvsym(RTLD_NEXT, name, version) : NULL;

	if (!function)
		function = dlsym(RTLD_NEXT, name);
	if (!function && (!__builtin_strncmp(name, "__cxa_", 6) || !__builtin_strncmp(name, "_Zd", 3)))
		function = find_in_cxx_runtime(name);
	return function;
}

/* The default version of a symbol that has an old one; NULL for the others. */
static cold const char *default_version_of(const char *name)
{
#define HOOK_OLD(returns, name_, params, args, version, default_version)                                              \
	if (!__builtin_strcmp(name, #name_))                                                                          \
		return default_version;
#include "hooks.def"
	return NULL;
}

#define HOOK(shape, returns, name, params, args, kind, mode, object, extra)                                           \
	static cold returns resolve_##name params                                                                     \
	{                                                                                                             \
		real.name = (returns(*) params)find(#name, default_version_of(#name));                                \
		return real.name args;                                                                                \
	}
#define HOOK_OLD(returns, name, params, args, version, default_version)                                               \
	static cold returns resolve_old_##name params                                                                 \
	{                                                                                                             \
		real.old_##name = (returns(*) params)find(#name, version);                                            \
		return real.old_##name args;                                                                          \
	}
#include "hooks.def"

struct real real = {
#define HOOK(shape, returns, name, params, args, kind, mode, object, extra) .name = resolve_##name,
#define HOOK_OLD(returns, name, params, args, version, default_version) .old_##name = resolve_old_##name,
#include "hooks.def"
};
struct real real_first = {
#define HOOK(shape, returns, name, params, args, kind, mode, object, extra) .name = resolve_##name,
#include "hooks.def"
};

bool real_are_found;
int (*real_dl_find_object)(void *pc, struct dl_find_object *ret_found);
int (*real_clock_gettime)(clockid_t clock, struct timespec *ret_time) = clock_gettime;

/* Those that have no resolver that works.  Every libc has them: they are found without a call of anybody. */
static cold void resolve_variadic(void)
{
#define HOOK(shape, returns, name, params, args, kind, mode, object, extra)                                           \
	if (__builtin_strstr(#params, "..."))                                                                         \
		real.name = (returns(*) params)find(#name, default_version_of(#name));
#include "hooks.def"
	real_are_found = true;
}

/* A look-up that fails - of operator delete where there is no C++ - has the program's malloc() make words about it, which may begin
 * with that, below locks of its own, and come back here. */
cold void real_resolve_all(void)
{
	void *function;

	resolve_variadic();
	/* A function that this glibc lacks keeps its resolver: nobody can call it. */
#define HOOK(shape, returns, name, params, args, kind, mode, object, extra)                                           \
	function = find(#name, default_version_of(#name));                                                            \
	if (function)                                                                                                 \
		real.name = (returns(*) params)function;
#define HOOK_OLD(returns, name, params, args, version, default_version)                                               \
	function = find(#name, version);                                                                              \
	if (function)                                                                                                 \
		real.old_##name = (returns(*) params)function;
#include "hooks.def"
	real_first = real;
	real_dl_find_object = (int (*)(void *, struct dl_find_object *))dlsym(RTLD_DEFAULT, "_dl_find_object");
	function = find_in("libc.so.6", "clock_gettime");
	if (function)
		real_clock_gettime = (int (*)(clockid_t, struct timespec *))function;
}

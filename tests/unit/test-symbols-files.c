/* SPDX-License-Identifier: MIT */
/* Files come and go: which one is believed.
 *
 *   test-symbols-files ONE TWO      two builds of the same library (tests/symbols/plugin.c)
 *
 * The libraries are looked at where they are; symbols is told that copies of them, in a folder of our own, lay at BASE.
 */
#undef NDEBUG
#include "tests/symbols/witness.h"
#include "tools/symbols/symbols.h"

#include <arpa/inet.h>
#include <assert.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/auxv.h>
#include <sys/socket.h>
#include <sys/stat.h>

#define BASE 0x700000000000ull

enum { FOREVER = -1, PATH_SIZE = 512 };

/* What is known of one build of the library. */
struct plugin {
	const char *path;
	uint64_t work, lock, end; /* in the file */
	unsigned char build_id[64];
	size_t build_id_size;
};

static struct plugin one, two;
static char folder[PATH_SIZE], copy[PATH_SIZE];

/* ---- the libraries ---------------------------------------------------------------------------------------------- */

static int learn_build_id(struct dl_phdr_info *info, size_t size, void *arg)
{
	struct plugin *plugin = arg;
	unsigned long start, end;

	if (strcmp(info->dlpi_name, plugin->path) != 0)
		return 0;
	witness_range(info, &start, &end);
	plugin->end = end - info->dlpi_addr;
	memcpy(plugin->build_id, witness_build_id(info, &size), size);
	plugin->build_id_size = size;
	return 1;
}

static void learn(struct plugin *plugin, const char *path, const char *work, const char *lock)
{
	void *library = dlopen(path, RTLD_NOW);
	Dl_info info;

	assert(library && dladdr(dlsym(library, work), &info));
	plugin->path = path;
	plugin->work = (uintptr_t)dlsym(library, work) - (uintptr_t)info.dli_fbase;
	plugin->lock = (uintptr_t)dlsym(library, lock) - (uintptr_t)info.dli_fbase;
	assert(dl_iterate_phdr(learn_build_id, plugin) == 1 && plugin->build_id_size > 0);
	dlclose(library);
}

static void run(const char *format, const char *a, const char *b)
{
	char command[4 * PATH_SIZE];

	snprintf(command, sizeof(command), format, a, b);
	assert(system(command) == 0);
}

static void put(const struct plugin *plugin)
{
	run("cp %s %s", plugin->path, copy);
}

/* ---- asking ----------------------------------------------------------------------------------------------------- */

static void add(struct symbols *symbols, const char *path, const struct plugin *plugin, uint32_t epoch, uint32_t gone)
{
	symbols_add_module(symbols, path, BASE, BASE, BASE + plugin->end, epoch, gone, plugin->build_id,
			   plugin->build_id_size);
}

/* `function` and `variable` are what is to be answered; NULL: nothing but the module. */
static void expect(struct symbols *symbols, const struct plugin *plugin, uint32_t epoch, const char *function,
		   const char *variable)
{
	struct place place;
	size_t n;
	const struct frame *frame = symbols_frames(symbols, BASE + plugin->work, epoch, false, &n);

	assert(n == 1 && strcmp(frame->module, "plugin.so") == 0 && frame->offset == plugin->work);
	assert(function ? frame->function && strcmp(frame->function, function) == 0 : !frame->function);
	assert(symbols_place(symbols, BASE + plugin->lock + 4, epoch, &place));
	assert(strcmp(place.module, "plugin.so") == 0 && place.offset == plugin->lock + 4);
	assert(variable ? place.name && strcmp(place.name, variable) == 0 : !place.name);
	place_deinit(&place);
}

/* Asks anew about a library that was `plugin` when it was loaded. */
static void expect_of(const char *path, const struct plugin *plugin, const char *debug_path, const char *function,
		      const char *variable)
{
	struct symbols *symbols = symbols_new(debug_path);

	add(symbols, path, plugin, 0, FOREVER);
	expect(symbols, plugin, 0, function, variable);
	symbols_free(symbols);
}

/* ---- stories ---------------------------------------------------------------------------------------------------- */

static void test_replaced(void)
{
	struct plugin unknown = two;

	put(&one);
	expect_of(copy, &one, NULL, "work_of_one", "lock_of_one[1]");
	put(&two);
	expect_of(copy, &one, NULL, NULL, NULL);
	unknown.build_id_size = 0;
	expect_of(copy, &unknown, NULL, "work_of_two", "lock_of_two[1]");
	run("objcopy --remove-section .note.gnu.build-id %s %s", one.path, copy);
	expect_of(copy, &one, NULL, NULL, NULL);
}

static void test_deleted(void)
{
	struct plugin unknown = one;
	char marked[2 * PATH_SIZE];

	snprintf(marked, sizeof(marked), "%s (deleted)", copy);
	assert(unlink(copy) == 0);
	expect_of(copy, &one, NULL, NULL, NULL);
	expect_of(marked, &one, NULL, NULL, NULL);
	put(&one);
	expect_of(marked, &one, NULL, "work_of_one", "lock_of_one[1]");
	unknown.build_id_size = 0;
	expect_of(marked, &unknown, NULL, NULL, NULL);
}

/* The debug file of a library that is gone is enough. */
static void test_found_by_build_id(void)
{
	char debug[2 * PATH_SIZE], name[2 * PATH_SIZE], *to = name;

	snprintf(debug, sizeof(debug), "/nowhere:%s/debug", folder);
	to += sprintf(to, "%s/debug/.build-id/%02x", folder, one.build_id[0]);
	run("mkdir -p %s%s", name, "");
	*to++ = '/';
	for (size_t i = 1; i < one.build_id_size; i++)
		to += sprintf(to, "%02x", one.build_id[i]);
	strcpy(to, ".debug");
	run("objcopy --only-keep-debug %s %s", one.path, name);
	assert(unlink(copy) == 0);
	expect_of(copy, &one, debug, "work_of_one", "lock_of_one[1]");
	expect_of(copy, &two, debug, NULL, NULL);
	put(&two);
	expect_of(copy, &one, debug, "work_of_one", "lock_of_one[1]");
}

/* The first library is unloaded, the second comes to the same place, and then the first again. */
static void test_epochs(void)
{
	struct symbols *symbols = symbols_new(NULL);
	struct place place;
	size_t n;

	add(symbols, two.path, &two, 3, 5);
	add(symbols, one.path, &one, 0, 2);
	add(symbols, one.path, &one, 5, FOREVER);
	for (uint32_t epoch = 0; epoch < 8; epoch++) {
		const struct frame *frame = symbols_frames(symbols, BASE + one.work, epoch, false, &n);
		bool is_none = epoch == 2, is_two = epoch == 3 || epoch == 4;

		assert(n == 1);
		assert(is_none ? !frame->function && !frame->module && frame->offset == BASE + one.work
			       : strcmp(frame->function, is_two ? "work_of_two" : "work_of_one") == 0);
		assert(symbols_place(symbols, BASE + one.lock, epoch, &place) == !is_none);
		if (!is_none) {
			assert(strcmp(place.name, is_two ? "lock_of_two[0]" : "lock_of_one[0]") == 0);
			place_deinit(&place);
		}
	}
	symbols_free(symbols);
}

/* A call that does not return may be the last thing in a module: its return address lies behind it. */
static void test_end(void)
{
	struct symbols *symbols = symbols_new(NULL);
	uint64_t end = BASE + one.work + 4;
	size_t n;

	symbols_add_module(symbols, one.path, BASE, BASE, end, 0, FOREVER, one.build_id, one.build_id_size);
	assert(strcmp(symbols_frames(symbols, end, 0, true, &n)->function, "work_of_one") == 0);
	assert(symbols_frames(symbols, end, 0, true, &n)->offset == one.work + 4);
	assert(!symbols_frames(symbols, end, 0, false, &n)->module);
	assert(!symbols_frames(symbols, 0, 0, true, &n)->module);
	symbols_free(symbols);
}

static void test_no_library(void)
{
	static const char *const makers[] = {
		"mkdir %s",
		"mkfifo %s",
		": >%s",
		"echo text >%s",
		"head -c 100 /proc/self/exe >%s",
		"echo 'int work(int n) { return n; }' | cc -c -x c - -o %s",
	};
	struct plugin unknown = one;

	unknown.build_id_size = 0;
	for (size_t i = 0; i < sizeof(makers) / sizeof(*makers); i++) {
		run("rm -rf %s%s", copy, "");
		run(makers[i], copy, "");
		expect_of(copy, &unknown, NULL, NULL, NULL);
	}
	run("rm -rf %s%s", copy, "");
}

static int learn_vdso(struct dl_phdr_info *info, size_t size, void *arg)
{
	struct plugin *vdso = arg;
	unsigned long start, end;

	if (info->dlpi_addr != getauxval(AT_SYSINFO_EHDR))
		return 0;
	witness_range(info, &start, &end);
	vdso->end = end - start;
	memcpy(vdso->build_id, witness_build_id(info, &size), size);
	vdso->build_id_size = size;
	return 1;
}

static void test_vdso(void)
{
	static const char *const names[] = {"[vdso]", "linux-vdso.so.1"};
	void *library = dlopen("linux-vdso.so.1", RTLD_NOW | RTLD_NOLOAD);
	uint64_t base = getauxval(AT_SYSINFO_EHDR), clock = (uintptr_t)dlsym(library, "__vdso_clock_gettime");
	struct plugin vdso;

	if (!base || !clock || !dl_iterate_phdr(learn_vdso, &vdso))
		return;
	for (int i = 0; i < 4; i++) {
		struct symbols *symbols = symbols_new(NULL);
		size_t n;
		const char *function;

		vdso.build_id[0] ^= i / 2;
		symbols_add_module(symbols, names[i % 2], base, base, base + vdso.end, 0, FOREVER, vdso.build_id,
				   vdso.build_id_size);
		function = symbols_frames(symbols, clock, 0, false, &n)->function;
		assert(i < 2 ? strcmp(function, "clock_gettime") == 0 : !function);
		vdso.build_id[0] ^= i / 2;
		symbols_free(symbols);
	}
	dlclose(library);
}

/* A server that would know is not asked, and the variable that names it is still there for others. */
static void test_no_network(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(address);
	int server = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	char url[64];

	assert(bind(server, (struct sockaddr *)&address, length) == 0 && listen(server, 1) == 0);
	assert(getsockname(server, (struct sockaddr *)&address, &length) == 0);
	snprintf(url, sizeof(url), "http://127.0.0.1:%d", ntohs(address.sin_port));
	setenv("DEBUGINFOD_URLS", url, 1);
	setenv("DEBUGINFOD_TIMEOUT", "1", 1);
	run("objcopy --strip-all %s %s", one.path, copy);
	expect_of(copy, &one, NULL, "work_of_one", "lock_of_one+0x4");
	assert(strcmp(getenv("DEBUGINFOD_URLS"), url) == 0);
	assert(accept(server, NULL, NULL) < 0 && errno == EAGAIN);
	close(server);
}

int main(int argc, char **argv)
{
	assert(argc == 3);
	snprintf(folder, sizeof(folder), "%s/test-symbols-XXXXXX", getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp");
	assert(mkdtemp(folder));
	snprintf(copy, sizeof(copy), "%.*s/plugin.so", PATH_SIZE - 16, folder);
	learn(&one, argv[1], "work_of_one", "lock_of_one");
	learn(&two, argv[2], "work_of_two", "lock_of_two");
	test_replaced();
	test_deleted();
	test_found_by_build_id();
	test_epochs();
	test_end();
	test_no_library();
	test_vdso();
	test_no_network();
	run("rm -r %s%s", folder, "");
	return EXIT_SUCCESS;
}

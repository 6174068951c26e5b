/* SPDX-License-Identifier: MIT */
/* The report's parts, one by one, on a scene that nobody recorded. */
#include "stage.h"

#include "tools/report/contention.h"
#include "tools/report/page.h"
#include "tools/report/report.h"
#include "tools/report/words.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int n_failed;

static void expect(const char *what, const char *got, const char *wanted)
{
	if (strcmp(got, wanted) == 0)
		return;
	printf("FAIL %s\n  got    %s\n  wanted %s\n", what, got, wanted);
	n_failed++;
}

static void expect_true(const char *what, bool is_so)
{
	expect(what, is_so ? "true" : "false", "true");
}

/* ---- text from outside ------------------------------------------------------------------------------------------ */

static void expect_printable(const char *raw, enum printable_form form, const char *wanted)
{
	char *got = printable(raw, form);

	expect(wanted, got, wanted);
	free(got);
}

static void test_printable(void)
{
	expect_printable("plain", PRINTABLE_ASCII, "plain");
	expect_printable("\033]0;title\007", PRINTABLE_UTF8, "\\x1b]0;title\\x07");
	expect_printable("a\nb\tc", PRINTABLE_UTF8, "a\\x0ab\\x09c");
	expect_printable("a\nb", PRINTABLE_DATA, "a\nb");
	expect_printable("\u00fc", PRINTABLE_UTF8, "\u00fc");
	expect_printable("\u00fc", PRINTABLE_ASCII, "\\xc3\\xbc");
	expect_printable("\u202egnp", PRINTABLE_UTF8, "\\xe2\\x80\\xaegnp");
	expect_printable("\xc2\x9b"
			 "1m",
			 PRINTABLE_UTF8, "\\xc2\\x9b1m");
	expect_printable("\xff\xc3", PRINTABLE_DATA, "\\xff\\xc3");
	expect_printable("\xc0\xaf", PRINTABLE_DATA, "\\xc0\\xaf");
	expect_printable("\xed\xa0\x80", PRINTABLE_DATA, "\\xed\\xa0\\x80");
	expect_printable("\xf4\x90\x80\x80", PRINTABLE_DATA, "\\xf4\\x90\\x80\\x80");
	expect_printable(NULL, PRINTABLE_UTF8, "");
}

/* ---- pages ------------------------------------------------------------------------------------------------------ */

/* What page_print() makes of a text. */
static char *print_on(struct page page, const char *text)
{
	char *got = NULL;
	size_t size;

	page.out = open_memstream(&got, &size);
	page_print(&page, 2, 4, "%s", text);
	fclose(page.out);
	return got;
}

static void test_page(void)
{
	struct page page = {.width = 20, .form = PRINTABLE_ASCII};
	char *got;

	got = print_on(page, "one two three four five " LOCK("six"));
	expect("a paragraph is wrapped, marks take no room", got, "  one two three four\n    five six\n");
	free(got);
	got = print_on(page, "averyveryverylongword indeed");
	expect("a long word stands alone", got, "  averyveryverylongword\n    indeed\n");
	free(got);
	got = print_on(page, "a\033[31mb" MORE);
	expect("escapes are shown, not sent", got, "  a\\x1b[31mb...\n");
	free(got);
	page.has_color = true;
	got = print_on(page, LOCK("six"));
	expect("colour comes from marks", got, "  \033[36msix\033[0m\n");
	free(got);
}

static void test_line_is_cut(void)
{
	struct page page = {.width = 10, .form = PRINTABLE_UTF8};
	char *got = NULL;
	size_t size;

	page.out = open_memstream(&got, &size);
	page_line(&page, 2, "%s", "\u00e4\u00f6\u00fc456789012");
	fclose(page.out);
	expect("a line is cut at the page's edge", got, "  \u00e4\u00f6\u00fc45678\n");
	free(got);
}

static void test_name_is_cut(void)
{
	struct page ascii = {.form = PRINTABLE_ASCII}, page = {.form = PRINTABLE_UTF8};
	struct pool *pool = pool_new();

	expect("a name that has room", page_fit(&page, pool, 9, "\u00e4bc4567\u00fc9"), "\u00e4bc4567\u00fc9");
	expect("one that has none keeps both ends", page_fit(&page, pool, 6, "\u00e4bc4567\u00fc9"),
	       "\u00e4bc" MORE "\u00fc9");
	expect("an ellipsis of three letters", page_fit(&ascii, pool, 8, "accounts.lock"), "acc" MORE "ck");
	expect("no room at all", page_fit(&page, pool, 0, "lock"), "l" MORE);
	pool_free(pool);
}

/* ---- names ------------------------------------------------------------------------------------------------------ */

static const char *lock_name(struct names *names, const struct stage *stage, uint32_t object)
{
	struct finding_lock lock = {&stage->model, object, stage->model.objects[object].address, OBJECT_MUTEX};

	return names_lock(names, &lock);
}

static void test_names(void)
{
	struct stage stage;
	struct names *names;

	stage_init(&stage, 0);
	names = names_new(&stage.session);
	expect("a variable", lock_name(names, &stage, 1), "accounts[1].lock");
	expect("the first of two on the heap", lock_name(names, &stage, 3), "mutex created at bank.c:88 #1");
	expect("the second", lock_name(names, &stage, 4), "mutex created at bank.c:88 #2");
	expect("one alone has no number", lock_name(names, &stage, 7), "mutex created at bank.c:71");
	expect("the main thread", names_thread(names, &stage.model, 1), "the main thread");
	expect("a named thread", names_thread(names, &stage.model, 2), "thread 2 \"worker\"");
	expect("the program's own name says nothing", names_thread(names, &stage.model, 3), "thread 3");
	expect("an origin", names_thread_with_origin(names, &stage.model, 2),
	       "thread 2 \"worker\" (started teller, created at bank.c:71)");
	names_free(names);
}

static void test_ambiguous_names(void)
{
	struct finding_lock locks[2];
	struct stage stage;
	struct names *names;

	stage_init(&stage, 0);
	names = names_new(&stage.session);
	for (uint32_t i = 0; i < 2; i++) {
		locks[i] = (struct finding_lock){&stage.model, 5 + i, stage.model.objects[5 + i].address, OBJECT_MUTEX};
		names_learn_lock(names, &locks[i]);
	}
	expect("two variables of one name, here", names_lock(names, &locks[0]), "lock (bank.c:5)");
	expect("two variables of one name, there", names_lock(names, &locks[1]), "lock (log.c:7)");
	names_free(names);
}

/* Of two processes of one program, a lock that the same line has made in each. */
static void test_names_in_processes(bool are_both_told)
{
	struct finding_lock locks[2];
	struct model *models[2], other;
	struct stage stage;
	struct names *names;

	stage_init(&stage, 0);
	other = stage.model;
	other.pid = 200;
	models[0] = &stage.model;
	models[1] = &other;
	stage.session.models = models;
	stage.session.n_models = 2;
	names = names_new(&stage.session);
	for (uint32_t i = 0; i < 2; i++)
		locks[i] = (struct finding_lock){models[i], 4, stage.model.objects[4].address, OBJECT_MUTEX};
	names_learn_lock(names, &locks[1]);
	if (are_both_told)
		names_learn_lock(names, &locks[0]);
	expect("made by one line in two processes", names_lock(names, &locks[1]),
	       are_both_told ? "mutex created at bank.c:88 in process 200 #2" : "mutex created at bank.c:88 #2");
	names_free(names);
}

static void test_why(void)
{
	struct stage stage;
	struct names *names;

	stage_init(&stage, 0);
	names = names_new(&stage.session);
	expect("locks in a reason", finding_why(names, &stage.finding),
	       "nothing keeps the threads that take `accounts[3].lock` and `accounts[1].lock` apart, 100%");
	names_free(names);
}

/* std::thread and its like start in the runtime: the program's function is in what the thread is seen to wait with. */
static void test_start(void)
{
	struct live_thread live = {.wait = {.thread = 3, .stack = 1}};
	struct stage stage;
	struct names *names;

	stage_init(&stage, 0);
	stage_functions[2] = "std::thread::run";
	stage.model.live = &live;
	stage.model.n_live = 1;
	names = names_new(&stage.session);
	expect("what a waiting thread runs", names_start(names, &stage.model, 3), "transfer");
	names_free(names);
	stage_functions[2] = "teller";
}

static void test_runtime(void)
{
	static const char *const files[] = {"/usr/include/boost/thread/lock_guard.hpp", "/opt/gcc/include/c++/14/mutex",
					    "library/std/src/sys/sync/mutex/futex.rs",
					    "/rustc/59807/library/core/src/ops.rs"};

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		expect_true(files[i], frame_is_runtime(&(struct frame){.module = "bank", .file = files[i]}));
	expect_true("a program's own file", !frame_is_runtime(&(struct frame){.module = "bank", .file = "src/bank.c"}));
}

/* ---- contention ------------------------------------------------------------------------------------------------- */

static void test_contention(void)
{
	struct page page = {.width = 62, .form = PRINTABLE_UTF8};
	struct contention longest = {.longest_ns = 2000};
	struct contended_lock lock = {.longest = &longest, .n = 1, .total_ns = 2000};
	struct stage stage;
	struct names *names;
	char *got = NULL;
	size_t size;

	stage_init(&stage, 0);
	stage_array = "accounts_of_the_branch";
	names = names_new(&stage.session);
	lock.lock = (struct finding_lock){&stage.model, 1, stage.model.objects[1].address, OBJECT_MUTEX};
	page.out = open_memstream(&got, &size);
	contention_print_lock(&page, names, &lock);
	fclose(page.out);
	expect("a long name in a narrow table", got,
	       "      1  2.0 us  2.0 us        -       -  accounts_o\u2026h[1].lock\n");
	free(got);
	names_free(names);
	stage_array = "accounts";
}

/* ---- advice ----------------------------------------------------------------------------------------------------- */

/* How often a text has another one in it. */
static unsigned count(const char *text, const char *part)
{
	unsigned n = 0;

	for (; (text = strstr(text, part)); text++)
		n++;
	return n;
}

static const char *advice_on(struct names *names, struct stage *stage, enum rule rule, enum object_kind one,
			     enum object_kind other)
{
	stage->finding.rule = rule;
	stage->finding.class = CLASS_OBSERVED;
	stage->finding.parts[0].want.kind = one;
	stage->finding.parts[1].want.kind = other;
	return finding_advice(names, &stage->finding);
}

static void test_advice(void)
{
	const char *advice;
	struct stage stage;
	struct names *names;

	stage_init(&stage, 0);
	names = names_new(&stage.session);
	advice = advice_on(names, &stage, RULE_NOBODY_TO_WAKE, OBJECT_BARRIER, OBJECT_BARRIER);
	expect_true("of a barrier, once", count(advice, "barrier") == 1 && !count(advice, "signal"));
	advice = advice_on(names, &stage, RULE_NOBODY_TO_WAKE, OBJECT_COND, OBJECT_SEM);
	expect_true("of a signal and a post",
		    count(advice, "signal") && count(advice, "post") && !count(advice, "pipe"));
	advice = advice_on(names, &stage, RULE_NOBODY_TO_WAKE, OBJECT_THREAD, OBJECT_THREAD);
	expect("all of it where nothing fits", advice, rule_advice(RULE_NOBODY_TO_WAKE));
	advice = advice_on(names, &stage, RULE_SELF_DEADLOCK, OBJECT_ONCE, OBJECT_ONCE);
	expect_true("nothing of a recursive mutex for what runs once", !count(advice, "recursive mutex"));
	advice = advice_on(names, &stage, RULE_SELF_DEADLOCK, OBJECT_RWLOCK, OBJECT_RWLOCK);
	expect_true("a reader who wants to write", count(advice, "asks to write") && !count(advice, "recursive"));
	advice = advice_on(names, &stage, RULE_SELF_DEADLOCK, OBJECT_MUTEX, OBJECT_MUTEX);
	expect("a mutex", advice, rule_advice(RULE_SELF_DEADLOCK));
	names_free(names);
}

/* ---- ids -------------------------------------------------------------------------------------------------------- */

static void id_of(struct stage *stage, char *ret_id)
{
	struct report *report = report_new(&stage->session, &stage->verdict);

	memcpy(ret_id, report->ids[0], FINDING_ID_SIZE);
	report_free(report);
}

static void test_ids_are_stable(void)
{
	char first[FINDING_ID_SIZE], other[FINDING_ID_SIZE];
	struct stage stage;

	stage_init(&stage, 0);
	id_of(&stage, first);
	expect_true("an id has 12 hex digits", strspn(first, "0123456789abcdef") == 12);
	stage_init(&stage, 1);
	id_of(&stage, other);
	expect("a cycle has no first part", other, first);
	stage_line_shift = 5;
	stage_bias = 0x7f0000000000;
	stage_init(&stage, 0);
	id_of(&stage, other);
	expect("lines and addresses do not count", other, first);
	stage_line_shift = 0;
	stage_bias = 0;
}

static void test_ids_differ(void)
{
	char first[FINDING_ID_SIZE], other[FINDING_ID_SIZE];
	struct finding twice[2];
	struct report *report;
	struct stage stage;

	stage_init(&stage, 0);
	id_of(&stage, first);
	stage.finding.rule = RULE_JOIN_CYCLE;
	id_of(&stage, other);
	expect_true("the rule counts", strcmp(first, other) != 0);
	stage_functions[1] = "withdraw";
	stage_init(&stage, 0);
	id_of(&stage, other);
	stage_functions[1] = "transfer";
	expect_true("functions count", strcmp(first, other) != 0);
	twice[0] = twice[1] = stage.finding;
	stage.verdict.findings = twice;
	stage.verdict.n_findings = 2;
	report = report_new(&stage.session, &stage.verdict);
	expect_true("no two findings of a report have one id", strcmp(report->ids[0], report->ids[1]) != 0);
	report_free(report);
}

int main(void)
{
	test_printable();
	test_page();
	test_line_is_cut();
	test_name_is_cut();
	test_names();
	test_ambiguous_names();
	test_names_in_processes(false);
	test_names_in_processes(true);
	test_why();
	test_start();
	test_runtime();
	test_contention();
	test_advice();
	test_ids_are_stable();
	test_ids_differ();
	return n_failed != 0;
}

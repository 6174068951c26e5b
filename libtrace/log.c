/* SPDX-License-Identifier: MIT */
/* One line in a log when a deadlock closes: for programs that run without `snag run`.
 *
 * It is made by hand in one buffer and written by one system call, so that it can be written from a signal handler, and lines of
 * several processes do not mix.  Addresses are told as file+offset: names are for `snag ps`, which the line points to.
 */
#include "log.h"

#include "arena.h"
#include "compiler.h"
#include "modules.h"
#include "options.h"
#include "real.h"
#include "stack.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { MAX_LINE = 4096, MAX_THREADS = 16 };

static struct {
	char text[MAX_LINE];
	size_t n;
} line;

static const char *const kinds[OBJECT_KINDS] = {
	"lock", "mutex", "rwlock", "spin lock", "condition variable", "barrier", "semaphore", "once routine",
	"thread", "file lock", "futex", "static guard", "stream",
};

/* ---- words and numbers ------------------------------------------------------------------------------------------- */

static cold void add(const char *text)
{
	for (; *text && line.n + 2 < sizeof(line.text); text++)
		line.text[line.n++] = (unsigned char)*text < ' ' ? '?' : *text;
}

/* At least `width` digits. */
static cold void add_number(uint64_t number, unsigned base, int width)
{
	char digits[24], *at = &digits[sizeof(digits) - 1];

	*at = '\0';
	for (; number || width > 0 || !*at; number /= base, width--)
		*--at = "0123456789abcdef"[number % base];
	add(at);
}

/* "bank+0x1234", or the bare address. */
static cold void add_place(uint64_t address)
{
	uint64_t offset;
	const char *name;

	if (modules_locate(address, &name, &offset)) {
		add(name);
		add("+");
		address = offset;
	}
	add("0x");
	add_number(address, 16, 0);
}

/* "2026-11-23T09:10:11Z", by the calendar's own arithmetic: libc's would take a lock. */
static cold void add_time(void)
{
	struct timespec now;
	uint64_t days, era, year, of_year, month;

	clock_gettime(CLOCK_REALTIME, &now);
	/* Years that begin in March, counted from the year 0: a leap day is the last of one. */
	days = (uint64_t)now.tv_sec / 86400 + 719468;
	era = days / 146097;
	days %= 146097;
	year = (days - days / 1460 + days / 36524 - days / 146096) / 365;
	of_year = days - (365 * year + year / 4 - year / 100);
	month = (5 * of_year + 2) / 153;
	add_number(era * 400 + year + (month >= 10), 10, 4);
	add("-");
	add_number(month < 10 ? month + 3 : month - 9, 10, 2);
	add("-");
	add_number(of_year - (153 * month + 2) / 5 + 1, 10, 2);
	add("T");
	add_number((uint64_t)now.tv_sec % 86400 / 3600, 10, 2);
	add(":");
	add_number((uint64_t)now.tv_sec % 3600 / 60, 10, 2);
	add(":");
	add_number((uint64_t)now.tv_sec % 60, 10, 2);
	add("Z");
}

/* ---- the line ---------------------------------------------------------------------------------------------------- */

static cold void add_thread(const struct live_slot *slot)
{
	add("thread ");
	add_number(slot->tid, 10, 0);
	if (slot->name[0]) {
		add(" (");
		add(slot->name);
		add(")");
	}
}

/* What a slot waits for. */
static cold void add_wanted(const struct live_view *view, const struct live_slot *slot)
{
	const struct live_slot *other;

	if (slot->want_kind != OBJECT_THREAD) {
		add(kinds[slot->want_kind < OBJECT_KINDS ? slot->want_kind : OBJECT_NONE]);
		add(" ");
		add_place(slot->want_address);
		return;
	}
	add("the end of thread ");
	for (uint32_t i = 0; (other = live_slot_at(view, i)); i++)
		if (other->state == SLOT_ALIVE && other->thread == slot->want_address) {
			add_number(other->tid, 10, 0);
			return;
		}
}

static cold void add_part(const struct live_view *view, const struct live_slot *before, const struct live_slot *slot)
{
	const struct record_stack *stack = stack_record(slot->want_stack);

	add_thread(slot);
	if (before->want_kind != OBJECT_THREAD) {
		add(" has ");
		add_wanted(view, before);
		add(" and");
	}
	add(" waits for ");
	add_wanted(view, slot);
	if (stack && stack->n) {
		add(" at ");
		add_place(stack->pc[0]);
	}
}

static cold void make_line(const struct live_view *view, const struct wait_search *cycle)
{
	line.n = 0;
	add_time();
	add(" snag: deadlock in process ");
	add_number(snag_trace->pid, 10, 0);
	for (uint32_t i = 0; i < cycle->n && i < MAX_THREADS; i++) {
		add(i ? "; " : ": ");
		add_part(view, live_slot_at(view, cycle->steps[(i + cycle->n - 1) % cycle->n].slot),
			 live_slot_at(view, cycle->steps[i].slot));
	}
	if (cycle->n > MAX_THREADS) {
		add("; and ");
		add_number(cycle->n - MAX_THREADS, 10, 0);
		add(" more threads");
	}
	add(". For the whole story: snag ps ");
	add_number(snag_trace->pid, 10, 0);
	add(", or when it has ended: snag report ");
	add(options.dir);
	line.text[line.n++] = '\n';
}

cold void log_deadlock(const struct live_view *view, const struct wait_search *cycle)
{
	bool is_stderr = !strcmp(options.log, LOG_STDERR);
	int saved_errno = errno;
	long fd = STDERR_FILENO;

	if (!options.log[0])
		return;
	stack_lock();
	make_line(view, cycle);
	stack_unlock();
	if (!is_stderr)
		fd = real.syscall(SYS_openat, (long)AT_FDCWD, options.log,
				  (long)O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0644L, 0, 0);
	if (fd >= 0)
		real.syscall(SYS_write, fd, line.text, line.n, 0, 0, 0);
	if (fd >= 0 && !is_stderr)
		real.syscall(SYS_close, fd, 0, 0, 0, 0, 0);
	errno = saved_errno;
}

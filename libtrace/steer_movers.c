/* SPDX-License-Identifier: MIT */
/* Who can still move while threads are held at gates. */
#include "steer_movers.h"

#include "real.h"
#include "steer.h"

#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int n_expected; /* threads that were created and have not begun */

cold bool is_asleep(uint32_t tid)
{
	char path[48] = "/proc/self/task/", text[128], digits[12], *at = digits + sizeof(digits) - 1;
	const char *name_end;
	ssize_t n;
	int fd;

	*at = '\0';
	for (; tid; tid /= 10)
		*--at = (char)('0' + tid % 10);
	strcat(strcat(path, at), "/stat");
	fd = (int)real.syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? 0 : real.syscall(SYS_read, fd, text, sizeof(text) - 1);
	if (fd >= 0)
		real.syscall(SYS_close, fd);
	text[n > 0 ? n : 0] = '\0';
	name_end = strrchr(text, ')');
	return !name_end || !strncmp(name_end, ") S", 3);
}

/* A thread whose end is waited for may be on its way out, with its slot given back. */
static cold bool is_there(const struct live_view *view, uint64_t thread)
{
	for (uint32_t i = 0; i < live_n_slots(view); i++) {
		const struct live_slot *slot = live_slot_at(view, i);

		if (slot->state == SLOT_ALIVE && slot->thread == thread)
			return true;
	}
	return false;
}

static cold bool can_move(const struct live_view *view, const struct live_slot *slot)
{
	uint32_t epoch;

	if (slot->state != SLOT_ALIVE || __atomic_load_n(&slot->flags, __ATOMIC_ACQUIRE) & SLOT_GATED)
		return false;
	if (!wait_is_endless(slot, &epoch) || slot->want_kind == OBJECT_FILE_LOCK || slot->want_kind == OBJECT_FUTEX)
		return true;
	if (slot->want_kind == OBJECT_THREAD && !is_there(view, slot->want_address))
		return true;
	return !is_asleep(slot->tid) || __atomic_load_n(&slot->epoch, __ATOMIC_ACQUIRE) != epoch;
}

cold bool nobody_moves(const struct live_view *view)
{
	if (__atomic_load_n(&n_expected, __ATOMIC_ACQUIRE) > 0)
		return false;
	for (uint32_t i = 0; i < live_n_slots(view); i++)
		if (can_move(view, live_slot_at(view, i)))
			return false;
	return true;
}

cold uint32_t next_waiter(const struct live_view *view, const struct thread *t, uint32_t from)
{
	uint32_t epoch, n = live_n_slots(view);

	for (uint32_t i = from; i < n; i++) {
		const struct live_slot *slot = live_slot_at(view, i);

		if (wait_is_endless(slot, &epoch) && slot->want_kind != OBJECT_THREAD &&
		    wait_is_for(view, slot, t->slot))
			return i;
	}
	return WAIT_NOBODY;
}

cold const struct live_slot *any_waiter(const struct live_view *view)
{
	const struct live_slot *found = NULL;
	uint32_t epoch;

	for (uint32_t i = 0; i < live_n_slots(view); i++) {
		const struct live_slot *slot = live_slot_at(view, i);

		if (wait_is_endless(slot, &epoch) && (!found || slot->want_kind != OBJECT_THREAD))
			found = slot;
	}
	return found;
}

void steer_expect_thread(int n)
{
	__atomic_fetch_add(&n_expected, n, __ATOMIC_ACQ_REL);
}

cold void movers_reset(void)
{
	n_expected = 0;
}

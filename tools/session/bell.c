/* SPDX-License-Identifier: MIT */
/* Waits for the session's bell, for a loop that polls descriptors. */
#include "bell.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <unistd.h>

static void *wait_for_rings(void *context)
{
	struct bell_waiter *waiter = context;
	uint32_t *rings = &waiter->bell->rings, heard = 0;

	while (!__atomic_load_n(&waiter->is_stopping, __ATOMIC_ACQUIRE)) {
		uint32_t now = __atomic_load_n(rings, __ATOMIC_ACQUIRE);

		if (now == heard) {
			/* Not FUTEX_PRIVATE: the bell rings in other processes. */
			syscall(SYS_futex, rings, FUTEX_WAIT, heard, NULL, NULL, 0);
			continue;
		}
		heard = now;
		eventfd_write(waiter->fd, 1);
	}
	return NULL;
}

int bell_waiter_init(struct bell_waiter *waiter, struct trace_bell *bell)
{
	*waiter = (struct bell_waiter){.bell = bell, .fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
	if (waiter->fd < 0)
		return -1;
	errno = pthread_create(&waiter->thread, NULL, wait_for_rings, waiter);
	if (errno) {
		close(waiter->fd);
		return -1;
	}
	return 0;
}

void bell_waiter_deinit(struct bell_waiter *waiter)
{
	__atomic_store_n(&waiter->is_stopping, 1, __ATOMIC_RELEASE);
	__atomic_add_fetch(&waiter->bell->rings, 1, __ATOMIC_RELEASE);
	syscall(SYS_futex, &waiter->bell->rings, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
	pthread_join(waiter->thread, NULL);
	close(waiter->fd);
}

void bell_waiter_answer(struct bell_waiter *waiter)
{
	eventfd_t value;

	eventfd_read(waiter->fd, &value);
}

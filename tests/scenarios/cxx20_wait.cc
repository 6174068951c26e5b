/* SPDX-License-Identifier: MIT */
/* A thread locks two mutexes and then sets a flag; another, which waits for that, locks them the other way round.
 *
 * Nothing can happen, as long as that is done only then.  That is not to be seen from outside, so it is a warning.
 *
 * expect: lock-order-cycle possible warning
 *   says: hands on to the other
 *   thread: first
 *     holds: a at first locks a
 *     wants: b at first locks b
 *   thread: second
 *     holds: b at second locks b
 *     wants: a at second locks a
 */
#include "asleep.h"

#include <atomic>
#include <mutex>
#include <pthread.h>
#include <thread>
#include <unistd.h>

static std::mutex a, b;
static std::atomic<bool> is_done; /* of one byte: the futex is one of the library's own */
static std::atomic<pid_t> sleeper;

static void first()
{
	{
		std::lock_guard one(a); /* first locks a */
		std::lock_guard two(b); /* first locks b */
	}
	while (!sleeper)
		std::this_thread::yield();
	wait_until_asleep_inside(sleeper);
	is_done = true;
	is_done.notify_one();
}

static void second()
{
	sleeper = (pid_t)syscall(SYS_gettid);
	is_done.wait(false);
	std::lock_guard one(b); /* second locks b */
	std::lock_guard two(a); /* second locks a */
}

template <typename Routine> static std::thread start(const char *name, Routine routine)
{
	return std::thread([=] {
		pthread_setname_np(pthread_self(), name);
		routine();
	});
}

int main()
{
	std::thread one = start("first", first), two = start("second", second);

	one.join();
	two.join();
	return 0;
}

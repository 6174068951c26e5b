/* SPDX-License-Identifier: MIT */
/* Two threads wait at a latch until both may begin, and lock two mutexes in opposite orders.
 *
 * The latch comes before both, and keeps nothing apart.
 *
 * expect: lock-order-cycle possible error
 *   thread: first
 *     holds: a at first locks a
 *     wants: b at first locks b
 *   thread: second
 *     holds: b at second locks b
 *     wants: a at second locks a
 */
#include "asleep.h"

#include <atomic>
#include <latch>
#include <mutex>
#include <pthread.h>
#include <thread>
#include <unistd.h>

static std::mutex a, b;
static std::latch begin(1);
static std::atomic<pid_t> sleepers[2];
static std::atomic<bool> is_done;

static void first()
{
	sleepers[0] = (pid_t)syscall(SYS_gettid);
	begin.wait();
	{
		std::lock_guard one(a); /* first locks a */
		std::lock_guard two(b); /* first locks b */
	}
	is_done = true;
}

static void second()
{
	sleepers[1] = (pid_t)syscall(SYS_gettid);
	begin.wait();
	while (!is_done)
		std::this_thread::yield();
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

	for (std::atomic<pid_t> &sleeper : sleepers) {
		while (!sleeper)
			std::this_thread::yield();
		wait_until_asleep(sleeper, &begin, sizeof(begin));
	}
	begin.count_down();
	one.join();
	two.join();
	return 0;
}

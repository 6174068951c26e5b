/* SPDX-License-Identifier: MIT */
/* A thread locks two mutexes and then arrives at a barrier; another, which waits there, locks them in the same order.
 *
 * Twin of cxx20_barrier.cc: `second` locks a first.
 *
 * expect: clean
 */
#include "asleep.h"

#include <atomic>
#include <barrier>
#include <mutex>
#include <pthread.h>
#include <thread>
#include <unistd.h>

static std::mutex a, b;
static std::barrier<> is_done(2); /* the futex is one of the library's own */
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
	(void)is_done.arrive();
}

static void second()
{
	sleeper = (pid_t)syscall(SYS_gettid);
	is_done.arrive_and_wait();
	std::lock_guard one(a); /* second locks a */
	std::lock_guard two(b); /* second locks b */
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

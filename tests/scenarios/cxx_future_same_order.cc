/* SPDX-License-Identifier: MIT */
/* A thread locks two mutexes and then keeps a promise; another, which waits for that, locks them in the same order.
 *
 * Twin of cxx_future.cc: `second` locks a first.
 *
 * expect: clean
 */
#include "asleep.h"

#include <atomic>
#include <future>
#include <mutex>
#include <pthread.h>
#include <thread>
#include <unistd.h>

static std::mutex a, b;
static std::promise<void> promise; /* it begins with a pointer to what it shares with its future */
static std::atomic<pid_t> sleeper;

static void first()
{
	{
		std::lock_guard one(a); /* first locks a */
		std::lock_guard two(b); /* first locks b */
	}
	while (!sleeper)
		std::this_thread::yield();
	wait_until_asleep(sleeper, *(void **)&promise, 64);
	promise.set_value();
}

static void second()
{
	sleeper = (pid_t)syscall(SYS_gettid);
	promise.get_future().get();
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

/* SPDX-License-Identifier: MIT */
/* A thread locks two mutexes and then releases a semaphore; another, which acquires that, locks them the other way round.
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
#include <semaphore>
#include <thread>
#include <unistd.h>

static std::mutex a, b;
static std::binary_semaphore is_done(0);
static std::atomic<pid_t> sleeper;

static void first()
{
	{
		std::lock_guard one(a); /* first locks a */
		std::lock_guard two(b); /* first locks b */
	}
	while (!sleeper)
		std::this_thread::yield();
	wait_until_asleep(sleeper, &is_done, sizeof(is_done));
	is_done.release();
}

static void second()
{
	sleeper = (pid_t)syscall(SYS_gettid);
	is_done.acquire();
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

/* SPDX-License-Identifier: MIT */
/* A static local's initialiser takes a lock; elsewhere the function is called with this lock in hand.
 *
 * The first attempt to initialise it fails, so the second caller tries again: each of them may find the other at it.
 *
 * expect: lock-order-cycle possible error
 *   thread: first
 *     holds: lock at first takes the lock
 *     wants: at settings
 *   thread: second
 *     holds: at settings
 *     wants: lock at takes the lock to read
 */
#include <atomic>
#include <mutex>
#include <pthread.h>
#include <stdexcept>
#include <thread>

static std::mutex lock;
static std::atomic<int> finished, n_attempts;

static int read_settings()
{
	if (n_attempts++ == 0)
		throw std::runtime_error("not yet");
	std::lock_guard<std::mutex> guard(lock); /* takes the lock to read */
	return 7;
}

static int settings()
{
	static int value = read_settings(); /* settings */
	return value;
}

static void first()
{
	try {
		std::unique_lock<std::mutex> guard(lock); /* first takes the lock */
		settings();
	} catch (const std::runtime_error &) {
	}
}

static void second()
{
	settings();
}

template <typename Routine> static std::thread start(const char *name, Routine routine)
{
	std::thread thread([=] {
		pthread_setname_np(pthread_self(), name);
		routine();
		finished++;
	});
	return thread;
}

int main()
{
	std::thread one = start("first", first);
	while (!finished)
		std::this_thread::yield();
	std::thread two = start("second", second);
	one.join();
	two.join();
	return 0;
}

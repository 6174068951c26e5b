/* SPDX-License-Identifier: MIT */
/* A static local's initialiser takes a lock; elsewhere the function is called with empty hands.
 *
 * Twin of cxx_static_guard.cc: the lock is given back before.
 *
 * expect: clean
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
		guard.unlock();
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

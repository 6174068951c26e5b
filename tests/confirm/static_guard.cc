/* SPDX-License-Identifier: MIT */
/* A static local is initialised under a lock, which is in vain; somebody else's initialiser takes that lock.  The other one
 * begins when the first is done, or after 30 ms.
 *
 * confirm: lock-order-cycle confirmed
 */
#include "patience.h"

#include <atomic>
#include <mutex>
#include <stdexcept>
#include <thread>

static std::mutex lock;
static std::atomic<bool> has_tried;

static int read_settings(bool is_early)
{
	if (is_early)
		throw std::runtime_error("not yet");
	std::lock_guard<std::mutex> guard(lock);
	return 7;
}

static int settings(bool is_early)
{
	static int value = read_settings(is_early);
	return value;
}

static void begin()
{
	try {
		std::lock_guard<std::mutex> guard(lock);
		settings(true);
	} catch (const std::runtime_error &) {
	}
	has_tried = true;
}

static void serve()
{
	settings(false);
}

int main()
{
	std::thread first(begin);

	WAIT_PATIENTLY_FOR(has_tried);
	std::thread second(serve);
	first.join();
	second.join();
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* Two objects of one class are locked in the order of the arguments, and the arguments come both ways.
 *
 * expect: lock-order-cycle possible error
 *   thread: first
 *     holds: left.mutex at takes mine < first exchanges
 *     wants: right.mutex at takes yours < first exchanges
 *   thread: second
 *     holds: right.mutex at takes mine < second exchanges
 *     wants: left.mutex at takes yours < second exchanges
 */
#include <atomic>
#include <mutex>
#include <pthread.h>
#include <thread>

struct account {
	int balance = 0;
	std::mutex mutex;

	void exchange(account &other)
	{
		std::lock_guard<std::mutex> mine(mutex); /* takes mine */
		std::lock_guard<std::mutex> yours(other.mutex); /* takes yours */
		std::swap(balance, other.balance);
	}
};

static account left, right;
static std::atomic<int> finished;

static void first()
{
	left.exchange(right); /* first exchanges */
}

static void second()
{
	right.exchange(left); /* second exchanges */
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

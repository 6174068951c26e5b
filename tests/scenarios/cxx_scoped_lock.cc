/* SPDX-License-Identifier: MIT */
/* Two objects of one class are locked together, and the arguments come both ways.
 *
 * Twin of cxx_two_guards.cc: std::scoped_lock takes one, tries the other, and begins again when it cannot have it.
 *
 * expect: clean
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
		std::scoped_lock both(mutex, other.mutex);
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

/* SPDX-License-Identifier: MIT */
/* Opposite orders of two addresses, but not of two locks: in between they are deleted, and others made.
 *
 * std::mutex has no destructor that anybody could see.
 *
 * Twin of cxx_heap_spared.cc: it is the pair that is deleted and made again.
 *
 * expect: clean
 * prints: at the same place
 */
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <mutex>
#include <pthread.h>
#include <thread>

struct pair {
	std::mutex left, right;
};

static pair *here;
static std::atomic<int> finished;

static void first()
{
	std::lock_guard<std::mutex> left(here->left); /* first takes the left one */
	std::lock_guard<std::mutex> right(here->right); /* first takes the right one */
}

static void second()
{
	std::lock_guard<std::mutex> right(here->right); /* second takes the right one */
	std::lock_guard<std::mutex> left(here->left); /* second takes the left one */
}

static std::thread start(const char *name, void (*routine)())
{
	return std::thread([=] {
		pthread_setname_np(pthread_self(), name);
		routine();
		finished++;
	});
}

int main()
{
	here = new pair;
	std::uintptr_t place = reinterpret_cast<std::uintptr_t>(here);
	std::thread one = start("first", first);
	while (finished < 1)
		std::this_thread::yield();
	delete here;
	here = new pair;
	std::thread two = start("second", second);
	one.join();
	two.join();
	std::printf("at %s place\n", reinterpret_cast<std::uintptr_t>(here) == place ? "the same" : "another");
	return 0;
}

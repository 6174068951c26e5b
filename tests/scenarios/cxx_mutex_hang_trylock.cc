/* SPDX-License-Identifier: MIT */
/* Two threads meet with a std::mutex each in their hands, each wanting the other's; one of them does not insist.
 *
 * Twin of cxx_mutex_hang.cc: `second` tries, fails, and gives back what it has.
 *
 * expect: clean
 */
#include <mutex>
#include <pthread.h>
#include <thread>

static std::mutex a, b;
static pthread_barrier_t both_have_one;

static void first()
{
	pthread_setname_np(pthread_self(), "first");
	std::lock_guard<std::mutex> one(a); /* first takes a */
	pthread_barrier_wait(&both_have_one);
	std::lock_guard<std::mutex> other(b); /* first takes b */
}

static void second()
{
	pthread_setname_np(pthread_self(), "second");
	std::lock_guard<std::mutex> one(b); /* second takes b */
	pthread_barrier_wait(&both_have_one);
	std::unique_lock<std::mutex> other(a, std::try_to_lock); /* second takes a */
}

int main()
{
	pthread_barrier_init(&both_have_one, nullptr, 2);
	std::thread one(first);
	std::thread two(second);
	one.join();
	two.join();
	return 0;
}

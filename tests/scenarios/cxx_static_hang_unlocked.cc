/* SPDX-License-Identifier: MIT */
/* A static local's initialiser runs in one thread, and another with a lock in hand waits for it.
 *
 * Twin of cxx_static_hang.cc: the initialiser takes no lock.
 *
 * expect: clean
 */
#include <mutex>
#include <pthread.h>
#include <thread>

static std::mutex lock;
static pthread_barrier_t both_are_there;

static int read_settings()
{
	pthread_barrier_wait(&both_are_there);
	return 7;
}

static int settings()
{
	static int value = read_settings(); /* settings */
	return value;
}

static void first()
{
	pthread_setname_np(pthread_self(), "first");
	std::lock_guard<std::mutex> guard(lock); /* first takes the lock */
	pthread_barrier_wait(&both_are_there);
	settings();
}

static void second()
{
	pthread_setname_np(pthread_self(), "second");
	settings();
}

int main()
{
	pthread_barrier_init(&both_are_there, nullptr, 2);
	std::thread one(first);
	std::thread two(second);
	one.join();
	two.join();
	return 0;
}

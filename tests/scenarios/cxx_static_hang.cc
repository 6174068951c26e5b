/* SPDX-License-Identifier: MIT */
/* A static local's initialiser waits for a lock, and who has the lock waits for the initialiser.
 *
 * expect: lock-order-cycle observed error
 *   thread: first
 *     holds: lock at first takes the lock
 *     wants: at settings
 *   thread: second
 *     holds: at settings
 *     wants: lock at takes the lock to read
 * hangs: yes
 */
#include <mutex>
#include <pthread.h>
#include <thread>

static std::mutex lock;
static pthread_barrier_t both_are_there;

static int read_settings()
{
	pthread_barrier_wait(&both_are_there);
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

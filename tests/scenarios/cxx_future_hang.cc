/* SPDX-License-Identifier: MIT */
/* Two threads of a pool wait for what is to be done by the pool, each for a future of its own: nobody is left to do it.
 *
 * A future has no name, and the kernel knows an address only: it is called after the call that waits.
 *
 * expect: nobody-to-wake observed error
 *   thread: first
 *     wants: futex of std::future::get #1 at first waits
 *   thread: second
 *     wants: futex of std::future::get #2 at second waits
 *   thread: main
 *     wants: the end of thread 2 at main joins
 * hangs: yes
 */
#include <future>
#include <pthread.h>

static std::promise<int> parts[2];

static void *first(void *)
{
	parts[0].get_future().get(); /* first waits */
	return nullptr;
}

static void *second(void *)
{
	parts[1].get_future().get(); /* second waits */
	return nullptr;
}

int main()
{
	pthread_t one, two;

	pthread_create(&one, nullptr, first, nullptr);
	pthread_create(&two, nullptr, second, nullptr);
	pthread_join(one, nullptr); /* main joins */
	pthread_join(two, nullptr);
	return 0;
}

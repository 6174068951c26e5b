/* SPDX-License-Identifier: MIT */
/* Two threads wait, each for a future of its own, and get what they wait for.
 *
 * Twin of cxx_future_hang.cc: the main thread keeps both promises.
 *
 * expect: clean
 */
#include <future>
#include <pthread.h>

static std::promise<int> parts[2];

static void *first(void *)
{
	parts[0].get_future().get();
	return nullptr;
}

static void *second(void *)
{
	parts[1].get_future().get();
	return nullptr;
}

int main()
{
	pthread_t one, two;

	pthread_create(&one, nullptr, first, nullptr);
	pthread_create(&two, nullptr, second, nullptr);
	parts[0].set_value(1);
	parts[1].set_value(2);
	pthread_join(one, nullptr);
	pthread_join(two, nullptr);
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* Opposite orders of two addresses, but not of two locks: in between their memory is given back, in each of the ways that C++
 * has, and others are made there.
 *
 * An allocator with an operator delete of its own never calls free().
 *
 * Twin of cxx_delete_forms_spared.cc: it is the pair that is deleted and made again.
 *
 * expect: clean
 * prints: * times at the same place
 */
#include <atomic>
#include <cstdio>
#include <new>
#include <pthread.h>
#include <sched.h>

constexpr std::align_val_t LINE{64};

struct alignas(64) pair {
	pthread_mutex_t left = PTHREAD_MUTEX_INITIALIZER, right = PTHREAD_MUTEX_INITIALIZER;
};

struct form {
	void *(*allocate)(std::size_t size);
	void (*release)(void *memory);
};

static void *one(std::size_t size) { return ::operator new(size); }
static void *one_aligned(std::size_t size) { return ::operator new(size, LINE); }
static void *many(std::size_t size) { return ::operator new[](size); }
static void *many_aligned(std::size_t size) { return ::operator new[](size, LINE); }

static const form forms[] = {
	{one, [](void *memory) { ::operator delete(memory); }},
	{one, [](void *memory) { ::operator delete(memory, sizeof(pair)); }},
	{one_aligned, [](void *memory) { ::operator delete(memory, LINE); }},
	{one_aligned, [](void *memory) { ::operator delete(memory, sizeof(pair), LINE); }},
	{many, [](void *memory) { ::operator delete[](memory); }},
	{many, [](void *memory) { ::operator delete[](memory, sizeof(pair)); }},
	{many_aligned, [](void *memory) { ::operator delete[](memory, LINE); }},
	{many_aligned, [](void *memory) { ::operator delete[](memory, sizeof(pair), LINE); }},
};

static pair *here;
static std::atomic<int> finished;

static void *first(void *)
{
	pthread_mutex_lock(&here->left); /* first takes the left one */
	pthread_mutex_lock(&here->right); /* first takes the right one */
	pthread_mutex_unlock(&here->right);
	pthread_mutex_unlock(&here->left);
	finished++;
	return nullptr;
}

static void *second(void *)
{
	pthread_mutex_lock(&here->right); /* second takes the right one */
	pthread_mutex_lock(&here->left); /* second takes the left one */
	pthread_mutex_unlock(&here->left);
	pthread_mutex_unlock(&here->right);
	finished++;
	return nullptr;
}

static pthread_t run(void *(*routine)(void *))
{
	int before = finished;
	pthread_t thread;

	pthread_create(&thread, nullptr, routine, nullptr);
	while (finished == before)
		sched_yield();
	return thread;
}

int main()
{
	int n_same = 0;

	for (const form &form : forms) {
		here = new (form.allocate(sizeof(pair))) pair;
		pair *place = here;
		pthread_t one = run(first);
		form.release(here), here = new (form.allocate(sizeof(pair))) pair;
		pthread_t two = run(second);
		n_same += here == place;
		pthread_join(one, nullptr);
		pthread_join(two, nullptr);
		form.release(here);
	}
	std::printf("%d times at the same place\n", n_same);
	return 0;
}

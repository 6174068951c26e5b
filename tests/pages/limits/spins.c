/* SPDX-License-Identifier: MIT */
/* Two threads with two home-made locks: each has one, and spins for the other's. */
#include <pthread.h>
#include <stdatomic.h>

static atomic_flag locks[2] = {ATOMIC_FLAG_INIT, ATOMIC_FLAG_INIT};
static pthread_barrier_t both_have_one;

static void lock(atomic_flag *flag)
{
	while (atomic_flag_test_and_set(flag))
		continue;
}

static void *take(void *flag)
{
	lock(flag);
	pthread_barrier_wait(&both_have_one);
	lock(flag == &locks[0] ? &locks[1] : &locks[0]);
	return NULL;
}

int main(void)
{
	pthread_t other;

	pthread_barrier_init(&both_have_one, NULL, 2);
	pthread_create(&other, NULL, take, &locks[0]);
	take(&locks[1]);
	return 0;
}

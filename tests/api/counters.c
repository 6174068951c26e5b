/* SPDX-License-Identifier: MIT */
/* Variables that are protected in all sorts of ways, or not: what watch_test.py looks at. */
#include <pthread.h>
#include <stdio.h>

enum { N_TURNS = 3 };

static pthread_mutex_t one = PTHREAD_MUTEX_INITIALIZER, two = PTHREAD_MUTEX_INITIALIZER;
static pthread_rwlock_t shared = PTHREAD_RWLOCK_INITIALIZER;
static int guarded, bare, mixed, looked_at, read_locked;
static struct {
	long a, b;
} pair;
static long early;

static void use(pthread_mutex_t *own)
{
	pthread_mutex_lock(&one);
	guarded++; /* guarded */
	pthread_mutex_unlock(&one);
	bare++; /* bare */
	pthread_mutex_lock(own);
	mixed++; /* mixed */
	pthread_mutex_unlock(own);
	if (looked_at + early != 3)
		puts("what?");
	pthread_rwlock_rdlock(&shared);
	if (read_locked > N_TURNS)
		puts("what?");
	pthread_rwlock_unlock(&shared);
	pthread_rwlock_wrlock(&shared);
	read_locked = own == &one;
	pthread_rwlock_unlock(&shared);
}

static void *work(void *own)
{
	pthread_setname_np(pthread_self(), own == &one ? "first" : "second");
	for (int i = 0; i < N_TURNS; i++)
		use(own);
	return NULL;
}

int main(void)
{
	pthread_t threads[2];

	early = 3;
	pthread_create(&threads[0], NULL, work, &one);
	pthread_create(&threads[1], NULL, work, &two);
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	pair.a++;
	printf("%d\n", guarded);
	return 0;
}

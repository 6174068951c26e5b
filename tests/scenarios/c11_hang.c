/* SPDX-License-Identifier: MIT */
/* Two threads meet with a C11 mutex each in their hands, each wanting the other's.
 *
 * expect: lock-order-cycle observed error
 *   thread: first
 *     holds: a at first takes a
 *     wants: b at first takes b
 *   thread: second
 *     holds: b at second takes b
 *     wants: a at second takes a
 * hangs: yes
 */
#include <pthread.h>
#include <threads.h>

static mtx_t a, b;
static pthread_barrier_t both_have_one;

static void *first(void *arg)
{
	mtx_lock(&a); /* first takes a */
	pthread_barrier_wait(&both_have_one);
	mtx_lock(&b); /* first takes b */
	mtx_unlock(&b);
	mtx_unlock(&a);
	return NULL;
}

static void *second(void *arg)
{
	mtx_lock(&b); /* second takes b */
	pthread_barrier_wait(&both_have_one);
	if (mtx_lock(&a) == 0) /* second takes a */
		mtx_unlock(&a);
	mtx_unlock(&b);
	return NULL;
}

int main(void)
{
	pthread_t one, two;

	mtx_init(&a, mtx_plain);
	mtx_init(&b, mtx_plain);
	pthread_barrier_init(&both_have_one, NULL, 2);
	pthread_create(&one, NULL, first, NULL);
	pthread_create(&two, NULL, second, NULL);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* Two threads meet with a C11 mutex each in their hands, each wanting the other's; one of them does not insist.
 *
 * Twin of c11_hang.c: `second` tries, fails, and gives back what it has.
 *
 * expect: clean
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
	if (mtx_trylock(&a) == 0) /* second takes a */
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

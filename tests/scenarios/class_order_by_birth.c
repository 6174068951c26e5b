/* SPDX-License-Identifier: MIT */
/* Two transfers between accounts, one up and one down the table, and both to the account that was made later.
 *
 * Twin of class_order.c: a program that goes by the order of making never closes a circle.
 *
 * expect: clean
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>

enum { ACCOUNTS = 4 };

static struct account {
	pthread_mutex_t lock;
	long balance;
} accounts[ACCOUNTS];
static pthread_mutex_t ledger = PTHREAD_MUTEX_INITIALIZER;
static atomic_int finished;

static void transfer(struct account *from, struct account *to)
{
	pthread_mutex_lock(&ledger);
	pthread_mutex_unlock(&ledger);
	pthread_mutex_lock(&from->lock); /* takes the first */
	pthread_mutex_lock(&to->lock); /* takes the second */
	from->balance--;
	to->balance++;
	pthread_mutex_unlock(&to->lock);
	pthread_mutex_unlock(&from->lock);
}

static void *one(void *arg)
{
	transfer(&accounts[0], &accounts[1]);
	finished++;
	return NULL;
}

static void *other(void *arg)
{
	transfer(&accounts[3], &accounts[2]);
	return NULL;
}

int main(void)
{
	pthread_t threads[2];

	for (int i = 0; i < ACCOUNTS; i++)
		pthread_mutex_init(&accounts[i ^ i >> 1].lock, NULL);
	pthread_create(&threads[0], NULL, one, NULL);
	while (!finished)
		sched_yield();
	pthread_create(&threads[1], NULL, other, NULL);
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	return 0;
}

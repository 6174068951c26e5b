/* SPDX-License-Identifier: MIT */
/* The bank of bank.c, mended: whoever pays, the account with the lower address is locked first.
 *
 *     snag run -- build/examples/bank_in_order
 *
 * Now there is one order that every transfer keeps to, so two of them can wait for each other no more; only one for the other.
 *
 * expect: clean
 * prints: alice has 20, bob has 40
 */
#include <pthread.h>
#include <stdio.h>

static struct account {
	long balance;
	pthread_mutex_t lock;
} accounts[] = {
	{10, PTHREAD_MUTEX_INITIALIZER}, {20, PTHREAD_MUTEX_INITIALIZER}, {30, PTHREAD_MUTEX_INITIALIZER},
	{40, PTHREAD_MUTEX_INITIALIZER}, {50, PTHREAD_MUTEX_INITIALIZER},
};

static void transfer(struct account *payer, struct account *payee, long amount)
{
	struct account *first = payer < payee ? payer : payee;
	struct account *second = payer < payee ? payee : payer;

	pthread_mutex_lock(&first->lock);
	pthread_mutex_lock(&second->lock);
	payer->balance -= amount;
	payee->balance += amount;
	pthread_mutex_unlock(&second->lock);
	pthread_mutex_unlock(&first->lock);
}

static void *alice(void *arg)
{
	transfer(&accounts[1], &accounts[3], 5);
	return NULL;
}

static void *bob(void *arg)
{
	transfer(&accounts[3], &accounts[1], 5);
	return NULL;
}

int main(void)
{
	pthread_t one, two;

	pthread_create(&one, NULL, alice, NULL);
	pthread_create(&two, NULL, bob, NULL);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	printf("alice has %ld, bob has %ld\n", accounts[1].balance, accounts[3].balance);
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* Two transfers between the same two accounts, in opposite directions.
 *
 * A transfer locks the account that pays, then the one that is paid.  That looks like an order and is none: it depends
 * on the arguments.  Two customers who pay each other at the same moment can stop the bank; here they come one after
 * the other.
 *
 *     snag run -- build/examples/bank
 *
 * There are only two calls of pthread_mutex_lock in this program, and both threads go through both; so the report
 * names the locks as a person would, accounts[1].lock and accounts[3].lock, and shows for each thread which of the two
 * it held, which it wanted, and who called transfer.
 *
 * What to change: take the account with the lower number (or the lower address) first, whoever pays.
 *
 * expect: lock-order-cycle possible error
 *   thread: alice
 *     holds: accounts[1].lock at locks the payer < alice pays bob
 *     wants: accounts[3].lock at locks the payee < alice pays bob
 *   thread: bob
 *     holds: accounts[3].lock at locks the payer < bob pays alice
 *     wants: accounts[1].lock at locks the payee < bob pays alice
 * prints: alice has 20, bob has 40
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

static struct account {
	long balance;
	pthread_mutex_t lock;
} accounts[] = {
	{10, PTHREAD_MUTEX_INITIALIZER}, {20, PTHREAD_MUTEX_INITIALIZER}, {30, PTHREAD_MUTEX_INITIALIZER},
	{40, PTHREAD_MUTEX_INITIALIZER}, {50, PTHREAD_MUTEX_INITIALIZER},
};

static atomic_int n_served;

static void transfer(struct account *payer, struct account *payee, long amount)
{
	pthread_mutex_lock(&payer->lock); /* locks the payer */
	pthread_mutex_lock(&payee->lock); /* locks the payee */
	payer->balance -= amount;
	payee->balance += amount;
	pthread_mutex_unlock(&payee->lock);
	pthread_mutex_unlock(&payer->lock);
	n_served++;
}

static void *alice(void *arg)
{
	transfer(&accounts[1], &accounts[3], 5); /* alice pays bob */
	return NULL;
}

static void *bob(void *arg)
{
	transfer(&accounts[3], &accounts[1], 5); /* bob pays alice */
	return NULL;
}

int main(void)
{
	pthread_t one, two;

	pthread_create(&one, NULL, alice, NULL);
	for (int ms = 0; n_served < 1 && ms < 50; ms++)
		usleep(1000); /* bob is looking for his purse */
	pthread_create(&two, NULL, bob, NULL);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	printf("alice has %ld, bob has %ld\n", accounts[1].balance, accounts[3].balance);
	return 0;
}

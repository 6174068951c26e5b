/* SPDX-License-Identifier: MIT */
/* A bank in C: locks in arrays, structures, anonymous unions and functions, and calls that are inlined into each other. */
#include "witness.h"

#include <pthread.h>
#include <semaphore.h>

struct account {
	long balance;
	pthread_mutex_t lock;
};

struct server {
	char name[16];
	struct client {
		int fd;
		union {
			char raw[128];
			struct {
				int kind;
				pthread_mutex_t lock;
			};
			struct {
				double weights[6];
				pthread_rwlock_t guard;
			} parked;
		};
	} clients[4];
	struct {
		pthread_cond_t ready;
		sem_t slots[2];
	} queue;
};

typedef struct {
	pthread_spinlock_t spin;
	volatile pthread_once_t once;
} door_t;

struct account accounts[8]; /* accounts */
static struct account *const savings = accounts;
struct server server; /* server */
static pthread_mutex_t table[3][5]; /* table */
static door_t doors[2]; /* doors */
pthread_mutex_t plain = PTHREAD_MUTEX_INITIALIZER; /* plain */
static struct {
	int n;
	const pthread_mutex_t lock;
} nameless; /* nameless */
union either {
	char bytes[64];
	struct account account;
} either; /* either */

static inline __attribute__((always_inline)) void put(struct account *account, long amount)
{
	account->balance += amount;
	CALLED_IN("put@inside;move@putting;transfer@moving"); /* inside */
	account->balance += amount;
}

static inline __attribute__((always_inline)) void move(struct account *from, struct account *to, long amount)
{
	from->balance -= amount;
	put(to, amount); /* putting */
}

void transfer(int from, int to, long amount);

__attribute__((noinline)) void transfer(int from, int to, long amount)
{
	static pthread_mutex_t busy; /* transfer::busy */

	LOCAL_LOCK(transfer, busy, , NULL);
	CALLED_IN("transfer@before"); /* before */
	move(&savings[from], &savings[to], amount); /* moving */
	CALLED_IN("transfer@after"); /* after */
}

static __attribute__((noinline)) void *worker(void *arg)
{
	static struct account pocket[2]; /* worker::pocket */

	pthread_mutex_lock(&accounts[1].lock);
	LOCAL_LOCK(worker, pocket, [1].lock, "struct account::lock");
	transfer(1, 2, (long)arg);
	pthread_mutex_unlock(&accounts[1].lock);
	CALLED_IN("worker@working"); /* working */
	return arg;
}

int main(int argc, char **argv)
{
	pthread_t thread;

	WITNESS_MODULES();
	LOCK(accounts, [3].lock, "struct account::lock");
	LOCK(accounts, [0].lock, "struct account::lock");
	LOCK(accounts, [5].balance, "struct account::balance");
	LOCK(server, .clients[3].lock, "struct client::lock");
	LOCK(server, .clients[2].parked.guard, "struct client::parked.guard");
	LOCK(server, .queue.ready, "struct server::queue.ready");
	LOCK(server, .queue.slots[1], "struct server::queue.slots[]");
	LOCK(table, [2][4], NULL);
	LOCK(table, [0][1], NULL);
	LOCK(doors, [1].spin, "door_t::spin");
	LOCK(doors, [1].once, "door_t::once");
	LOCK(plain, , NULL);
	LOCK(nameless, .lock, NULL);
	LOCK(either, .account.lock, "struct account::lock");
	if (pthread_create(&thread, NULL, worker, argv) || pthread_join(thread, NULL))
		return 1;
	CALLED_IN("main@done"); /* done */
	return argc != 1;
}

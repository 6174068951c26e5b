/* SPDX-License-Identifier: MIT */
/* Threads with names take members of one structure in one order.
 *
 * Twin of names.c: the auditor takes the client first.
 *
 * expect: clean
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

static struct {
	struct client {
		long balance;
		pthread_mutex_t lock;
	} clients[8];
	struct {
		pthread_mutex_t lock;
	} log;
} server;
static atomic_int finished, has_name;

static void *pays(void *client)
{
	pthread_setname_np(pthread_self(), "payer");
	pthread_mutex_lock(&((struct client *)client)->lock); /* payer takes a client */
	pthread_mutex_lock(&server.log.lock); /* payer takes the log */
	pthread_mutex_unlock(&server.log.lock);
	pthread_mutex_unlock(&((struct client *)client)->lock);
	finished++;
	return NULL;
}

static void *audits(void *client)
{
	while (!has_name)
		sched_yield();
	pthread_mutex_lock(&((struct client *)client)->lock); /* auditor takes a client */
	pthread_mutex_lock(&server.log.lock); /* auditor takes the log */
	pthread_mutex_unlock(&((struct client *)client)->lock);
	pthread_mutex_unlock(&server.log.lock);
	return NULL;
}

int main(void)
{
	pthread_t one, two;

	pthread_create(&one, NULL, pays, &server.clients[3]);
	while (!finished)
		sched_yield();
	pthread_create(&two, NULL, audits, &server.clients[3]);
	pthread_setname_np(two, "auditor");
	has_name = 1;
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	return 0;
}

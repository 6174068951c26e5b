/* SPDX-License-Identifier: MIT */
/* A thread waits for a reply with the connection locked; who brings the reply needs the connection first.  It is locked when
 * that one has been there, or after 30 ms.
 *
 * confirm: nested-monitor confirmed
 */
#include "patience.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

static pthread_mutex_t connection = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t has_come = PTHREAD_COND_INITIALIZER;
static int n_replies;
static atomic_int n_awaited, n_asked;

static void await_reply(int n)
{
	pthread_mutex_lock(&lock);
	while (n_replies < n) {
		n_awaited = n;
		pthread_cond_wait(&has_come, &lock);
	}
	pthread_mutex_unlock(&lock);
}

static void *receive(void *unused)
{
	for (int i = 1; i <= 2; i++) {
		pthread_mutex_lock(&connection);
		pthread_mutex_unlock(&connection);
		n_asked = i;
		while (n_awaited < i)
			sched_yield();
		pthread_mutex_lock(&lock);
		n_replies++;
		pthread_cond_signal(&has_come);
		pthread_mutex_unlock(&lock);
	}
	return unused;
}

int main(void)
{
	pthread_t receiver;

	pthread_create(&receiver, NULL, receive, NULL);
	await_reply(1);
	WAIT_PATIENTLY_FOR(n_asked >= 2);
	pthread_mutex_lock(&connection);
	await_reply(2);
	pthread_mutex_unlock(&connection);
	pthread_join(receiver, NULL);
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* A thread waits for a reply with the connection locked; who brings the reply needs the connection first.  As a rule it is
 * on its way with it by then.
 *
 * confirm: nested-monitor confirmed
 */
#include <pthread.h>
#include <time.h>

static pthread_mutex_t connection = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t has_come = PTHREAD_COND_INITIALIZER;
static int n_replies;

static void pause_ms(long ms)
{
	struct timespec time = {.tv_nsec = ms * 1000000};

	nanosleep(&time, NULL);
}

static void await_reply(int n)
{
	pthread_mutex_lock(&lock);
	while (n_replies < n)
		pthread_cond_wait(&has_come, &lock);
	pthread_mutex_unlock(&lock);
}

static void *receive(void *unused)
{
	for (int i = 0; i < 2; i++) {
		pthread_mutex_lock(&connection);
		pthread_mutex_unlock(&connection);
		pause_ms(20);
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
	pause_ms(5);
	pthread_mutex_lock(&connection);
	await_reply(2);
	pthread_mutex_unlock(&connection);
	pthread_join(receiver, NULL);
	return 0;
}

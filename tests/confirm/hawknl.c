/* SPDX-License-Identifier: MIT */
/* HawkNL 1.6b3: nlShutdown takes the lock of the list and then that of each socket; nlClose takes that of its socket first.
 *
 * confirm: lock-order-cycle confirmed
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

enum { N_SOCKETS = 4 };

struct sock {
	pthread_mutex_t lock;
	bool is_open;
};

static pthread_mutex_t list_lock = PTHREAD_MUTEX_INITIALIZER;
static struct sock *sockets[N_SOCKETS];
static int n_open = N_SOCKETS;

static struct sock *sock_open(void)
{
	struct sock *sock = malloc(sizeof(*sock));

	pthread_mutex_init(&sock->lock, NULL);
	sock->is_open = true;
	return sock;
}

static void sock_close(int i)
{
	struct sock *sock = sockets[i];

	pthread_mutex_lock(&sock->lock);
	if (sock->is_open) {
		sock->is_open = false;
		pthread_mutex_lock(&list_lock);
		n_open--;
		pthread_mutex_unlock(&list_lock);
	}
	pthread_mutex_unlock(&sock->lock);
}

static void *shut_down(void *unused)
{
	pthread_mutex_lock(&list_lock);
	for (int i = 0; i < N_SOCKETS; i++) {
		pthread_mutex_lock(&sockets[i]->lock);
		n_open -= sockets[i]->is_open;
		sockets[i]->is_open = false;
		pthread_mutex_unlock(&sockets[i]->lock);
	}
	pthread_mutex_unlock(&list_lock);
	return unused;
}

static void *use(void *unused)
{
	sock_close(2);
	return unused;
}

int main(void)
{
	pthread_t user, last;

	for (int i = 0; i < N_SOCKETS; i++)
		sockets[i] = sock_open();
	pthread_create(&user, NULL, use, NULL);
	pthread_create(&last, NULL, shut_down, NULL);
	pthread_join(user, NULL);
	pthread_join(last, NULL);
	return 0;
}

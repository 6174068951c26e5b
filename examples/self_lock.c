/* SPDX-License-Identifier: MIT */
/* A thread that waits for itself.
 *
 * inventory_move() takes the lock and calls inventory_add(), which takes it, too: each is right by itself.  The lock
 * is a plain mutex, so the second call waits for the first to end, which waits for the second.
 *
 *     snag run -- build/examples/self_lock
 *
 * shows the line that holds the lock and the line that wants it, both with their callers, ends the program and returns
 * 66.
 *
 * What to change: do the work in a function that expects the lock to be held, and call that from both.  A recursive
 * mutex hides the question who owns the data.
 *
 * expect: self-deadlock observed error
 *   thread: main
 *     holds: inventory.lock at move takes it < main moves
 *     wants: inventory.lock at add takes it < move adds < main moves
 * hangs: yes
 */
#include <pthread.h>

static struct {
	pthread_mutex_t lock;
	int shelf[2];
} inventory = {.lock = PTHREAD_MUTEX_INITIALIZER, .shelf = {7, 0}};

static void inventory_add(int shelf, int n)
{
	pthread_mutex_lock(&inventory.lock); /* add takes it */
	inventory.shelf[shelf] += n;
	pthread_mutex_unlock(&inventory.lock);
}

static void inventory_move(int from, int to, int n)
{
	pthread_mutex_lock(&inventory.lock); /* move takes it */
	inventory.shelf[from] -= n;
	inventory_add(to, n); /* move adds */
	pthread_mutex_unlock(&inventory.lock);
}

int main(void)
{
	inventory_move(0, 1, 3); /* main moves */
	return 0;
}

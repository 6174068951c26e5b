/* SPDX-License-Identifier: MIT */
/* An event loop that blocks.
 *
 * `loop` sits in poll() and does what it is asked for through a pipe; nothing it does may take long.  A handler of it looks into
 * the cache, and takes the cache's lock for that.  But `filler` asks the loop for a piece of data while it has that lock, and waits
 * for the answer: the loop waits for the lock, and the answer never comes.
 *
 *     snag run -- build/examples/event_loop
 *
 * says who holds what the loop waits for, and what that one waits for itself.  As a thread that has blocked, the loop is
 * not in poll() any more: `snag ps PID`, or `snag top PID`, shows it as a waiter like any other.
 *
 * expect: nested-monitor observed error
 *   thread: filler
 *     holds: cache.lock at filler takes the cache
 *     wants: answer.is_there at filler waits for the answer
 *   thread: loop
 *     wants: cache.lock at the loop looks into the cache < the loop handles a request
 * hangs: yes
 */
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

static struct {
	int entries[64];
	pthread_mutex_t lock;
} cache = {.lock = PTHREAD_MUTEX_INITIALIZER};

static struct {
	pthread_mutex_t lock;
	pthread_cond_t is_there;
	int value;
} answer = {.lock = PTHREAD_MUTEX_INITIALIZER, .is_there = PTHREAD_COND_INITIALIZER};

static int requests[2];

static int cache_look(int key)
{
	int value;

	pthread_mutex_lock(&cache.lock); /* the loop looks into the cache */
	value = cache.entries[key];
	pthread_mutex_unlock(&cache.lock);
	return value;
}

static void handle(char key)
{
	int value = cache_look(key % 64); /* the loop handles a request */

	pthread_mutex_lock(&answer.lock);
	answer.value = value ? value : 1;
	pthread_cond_signal(&answer.is_there);
	pthread_mutex_unlock(&answer.lock);
}

static void *loop(void *arg)
{
	struct pollfd fd = {.fd = requests[0], .events = POLLIN};
	char key;

	pthread_setname_np(pthread_self(), "loop");
	while (poll(&fd, 1, -1) == 1 && read(requests[0], &key, 1) == 1)
		handle(key);
	return NULL;
}

static void *filler(void *arg)
{
	pthread_setname_np(pthread_self(), "filler");
	pthread_mutex_lock(&cache.lock); /* filler takes the cache */
	if (write(requests[1], "k", 1) == 1) {
		pthread_mutex_lock(&answer.lock);
		while (!answer.value)
			pthread_cond_wait(&answer.is_there, &answer.lock); /* filler waits for the answer */
		cache.entries[0] = answer.value;
		pthread_mutex_unlock(&answer.lock);
	}
	pthread_mutex_unlock(&cache.lock);
	return NULL;
}

int main(void)
{
	pthread_t threads[2];

	if (pipe(requests))
		return 1;
	pthread_create(&threads[0], NULL, loop, NULL);
	pthread_create(&threads[1], NULL, filler, NULL);
	pthread_join(threads[1], NULL);
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* Two threads hold a lock each and wait for the other's; main waits for both.
 *
 * One lock is a member in an array in a struct.  The argument makes both locks of another kind: recursive, errorcheck,
 * adaptive, robust or shared; a recursive one is taken twice.
 *
 * expect: deadlock
 *   thread: first
 *     holds: server.clients[3].lock at first takes its lock
 *     wants: journal at first waits < first calls
 *   thread: second
 *     holds: journal at second takes its lock
 *     wants: server.clients[3].lock at second waits
 *   behind: main
 */
#include "stage.h"

struct client {
	int id;
	pthread_mutex_t lock;
};

static struct {
	char name[20];
	struct client clients[5];
} server;
pthread_mutex_t journal;

static void set_kind(pthread_mutexattr_t *attr, const char *kind)
{
	if (!strcmp(kind, "recursive"))
		pthread_mutexattr_settype(attr, PTHREAD_MUTEX_RECURSIVE);
	else if (!strcmp(kind, "errorcheck"))
		pthread_mutexattr_settype(attr, PTHREAD_MUTEX_ERRORCHECK);
	else if (!strcmp(kind, "adaptive"))
		pthread_mutexattr_settype(attr, PTHREAD_MUTEX_ADAPTIVE_NP);
	else if (!strcmp(kind, "robust"))
		pthread_mutexattr_setrobust(attr, PTHREAD_MUTEX_ROBUST);
	else if (!strcmp(kind, "shared"))
		pthread_mutexattr_setpshared(attr, PTHREAD_PROCESS_SHARED);
}

static void __attribute__((noinline)) append_journal(void)
{
	pthread_mutex_lock(&journal); /* first waits */
	pthread_mutex_unlock(&journal);
}

static void *first(void *is_recursive)
{
	stage_name("first");
	pthread_mutex_lock(&server.clients[3].lock); /* first takes its lock */
	if (is_recursive)
		pthread_mutex_lock(&server.clients[3].lock);
	stage_meet();
	append_journal(); /* first calls */
	pthread_mutex_unlock(&server.clients[3].lock);
	return NULL;
}

static void *second(void *is_recursive)
{
	stage_name("second");
	pthread_mutex_lock(&journal); /* second takes its lock */
	stage_meet();
	pthread_mutex_lock(&server.clients[3].lock); /* second waits */
	pthread_mutex_unlock(&server.clients[3].lock);
	pthread_mutex_unlock(&journal);
	return NULL;
}

int main(int argc, char **argv)
{
	const char *kind = argc > 1 ? argv[1] : "";
	void *is_recursive = strcmp(kind, "recursive") ? NULL : &server;
	pthread_mutexattr_t attr;
	pthread_t one, two;

	stage_open(2);
	stage_name("main");
	stage_lock("server.clients[3].lock", &server.clients[3].lock);
	stage_lock("journal", &journal);
	pthread_mutexattr_init(&attr);
	set_kind(&attr, kind);
	pthread_mutex_init(&server.clients[3].lock, &attr);
	pthread_mutex_init(&journal, &attr);
	pthread_create(&one, NULL, first, is_recursive);
	pthread_create(&two, NULL, second, is_recursive);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* A program makes semaphores at one place that others post; its child makes one elsewhere, and uses it as a lock.
 *
 * Twin of fork_semaphores.c: `second` takes s first.
 *
 * expect: clean
 */
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

enum { N_WAITS = 300 };

static pthread_mutex_t m;
static sem_t signal_, asked, s;
static atomic_int finished;

static void *post_each(void *arg)
{
	for (int i = 0; i < N_WAITS; i++) {
		sem_wait(&asked);
		sem_post(&signal_);
	}
	return NULL;
}

static void wait_each(void)
{
	pthread_t thread;

	for (int i = 0; i < N_WAITS; i++) {
		sem_init(&signal_, 0, 1);
		if (i == 0) {
			sem_init(&asked, 0, 0);
			pthread_create(&thread, NULL, post_each, NULL);
		}
		sem_wait(&signal_);
		sem_post(&asked);
		sem_wait(&signal_);
		sem_destroy(&signal_);
	}
	pthread_join(thread, NULL);
}

static void *first(void *arg)
{
	sem_wait(&s); /* first takes s */
	pthread_mutex_lock(&m); /* first takes m */
	pthread_mutex_unlock(&m);
	sem_post(&s);
	finished++;
	return NULL;
}

static void *second(void *arg)
{
	sem_wait(&s); /* second takes s */
	pthread_mutex_lock(&m); /* second takes m */
	pthread_mutex_unlock(&m);
	sem_post(&s);
	return NULL;
}

static void child(void)
{
	pthread_t one, two;

	sem_init(&s, 0, 1);
	pthread_create(&one, NULL, first, NULL);
	while (!finished)
		sched_yield();
	pthread_create(&two, NULL, second, NULL);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
}

int main(void)
{
	pthread_mutex_init(&m, NULL);
	wait_each();
	if (fork() == 0) {
		child();
		_exit(0);
	}
	wait(NULL);
	return 0;
}

/* SPDX-License-Identifier: MIT */
/* Many of one thing: locks, locks that were initialised, threads alive, threads at a barrier, locks held at once, frames on the stack.
 *
 *     bounds locks|inits|threads|barrier|held|deep|operations|waits|hand-overs|futexes N
 */
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static int failures;

static void count(int rc)
{
	failures += rc != 0;
}

/* All of them alone, then all below one: the second makes as many dependencies of one pair of places. */
static void take_locks(int n, bool are_initialised)
{
	pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER, *locks = calloc((size_t)n, sizeof(*locks));

	for (int i = 0; locks && are_initialised && i < n; i++)
		count(pthread_mutex_init(&locks[i], NULL));
	for (int i = 0; locks && i < n; i++) {
		count(pthread_mutex_lock(&locks[i]));
		count(pthread_mutex_unlock(&locks[i]));
	}
	count(pthread_mutex_lock(&outer));
	for (int i = 0; locks && i < n; i++) {
		count(pthread_mutex_lock(&locks[i]));
		count(pthread_mutex_unlock(&locks[i]));
	}
	count(pthread_mutex_unlock(&outer));
	free(locks);
}

static void hold_locks(int n)
{
	pthread_mutex_t *locks = calloc((size_t)n, sizeof(*locks));

	for (int i = 0; locks && i < n; i++)
		count(pthread_mutex_lock(&locks[i]));
	for (int i = n; locks && i-- > 0;)
		count(pthread_mutex_unlock(&locks[i]));
	free(locks);
}

static __attribute__((noinline)) void go_deep(int n)
{
	pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

	count(pthread_mutex_lock(&lock));
	if (n > 1)
		go_deep(n - 1);
	count(pthread_mutex_unlock(&lock));
}

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static sem_t arrived;

static void *arrive(void *unused)
{
	sem_post(&arrived);
	pthread_mutex_lock(&gate);
	pthread_mutex_unlock(&gate);
	return NULL;
}

static pthread_barrier_t barrier;

static void *meet(void *unused)
{
	pthread_barrier_wait(&barrier);
	return arrive(NULL);
}

/* All of them are alive when the gate opens. */
static void have_threads(int n, void *(*start)(void *))
{
	pthread_t *threads = calloc((size_t)n, sizeof(*threads));
	pthread_attr_t attributes;
	int n_created = 0;

	sem_init(&arrived, 0, 0);
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, (size_t)PTHREAD_STACK_MIN);
	pthread_mutex_lock(&gate);
	while (n_created < n && !pthread_create(&threads[n_created], &attributes, start, NULL))
		n_created++;
	for (int i = 0; i < n_created; i++)
		sem_wait(&arrived);
	fprintf(stderr, "%d threads were alive\n", n_created);
	pthread_mutex_unlock(&gate);
	for (int i = 0; i < n_created; i++)
		count(pthread_join(threads[i], NULL));
	free(threads);
}

/* The line of the most memory it ever had.  (What wait4() says of a child begins with its parent's.) */
/* ---- a long run ------------------------------------------------------------------------------------------------- */

enum { N_WORKERS = 4, N_TABLE = 64, PER_ROUND = 13 };

static struct {
	pthread_mutex_t lock;
	pthread_rwlock_t guard;
} table[N_TABLE];
static int n_rounds;

/* PER_ROUND operations: two mutexes, one below the other, read and write locks, a semaphore, a condition variable. */
static void work_round(unsigned i)
{
	static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
	unsigned low = i % (N_TABLE - 1), high = low + 1 + i / N_TABLE % (N_TABLE - 1 - low);

	count(pthread_mutex_lock(&table[low].lock));
	count(pthread_mutex_lock(&table[high].lock));
	count(pthread_rwlock_rdlock(&table[low].guard));
	count(pthread_cond_signal(&changed));
	count(pthread_rwlock_unlock(&table[low].guard));
	count(pthread_mutex_unlock(&table[high].lock));
	count(pthread_mutex_unlock(&table[low].lock));
	count(pthread_rwlock_wrlock(&table[high].guard));
	count(pthread_rwlock_unlock(&table[high].guard));
	if (!pthread_mutex_trylock(&table[high].lock))
		count(pthread_mutex_unlock(&table[high].lock));
	count(sem_post(&arrived));
	count(sem_wait(&arrived));
}

static void *work_long(void *number)
{
	for (int i = 0; i < n_rounds; i++)
		work_round((unsigned)i * 7 + (unsigned)(uintptr_t)number);
	return NULL;
}

static void work(int n)
{
	pthread_t workers[N_WORKERS];

	for (int i = 0; i < N_TABLE; i++) {
		count(pthread_mutex_init(&table[i].lock, NULL));
		count(pthread_rwlock_init(&table[i].guard, NULL));
	}
	n_rounds = n / PER_ROUND / N_WORKERS;
	for (uintptr_t i = 0; i < N_WORKERS; i++)
		count(pthread_create(&workers[i], NULL, work_long, (void *)i));
	for (int i = 0; i < N_WORKERS; i++)
		count(pthread_join(workers[i], NULL));
}

/* ---- semaphores that live for one wait, as Python's ----------------------------------------------------------------- */

static sem_t is_ready;
static sem_t *to_be_posted; /* or taken */

static void *post_each(void *n)
{
	for (uintptr_t i = 0; i < (uintptr_t)n; i++) {
		count(sem_wait(&is_ready));
		count(pthread_mutex_lock(&table[0].lock));
		count(sem_post(to_be_posted));
		count(pthread_mutex_unlock(&table[0].lock));
	}
	return NULL;
}

static void wait_each(int n)
{
	pthread_t thread;

	count(sem_init(&is_ready, 0, 0));
	count(pthread_create(&thread, NULL, post_each, (void *)(uintptr_t)n));
	for (int i = 0; i < n; i++) {
		to_be_posted = malloc(sizeof(*to_be_posted));
		count(sem_init(to_be_posted, 0, 1));
		count(sem_wait(to_be_posted));
		count(sem_post(&is_ready));
		count(sem_wait(to_be_posted));
		count(pthread_mutex_lock(&table[0].lock));
		count(pthread_mutex_unlock(&table[0].lock));
		count(sem_destroy(to_be_posted));
		free(to_be_posted);
	}
	count(pthread_join(thread, NULL));
}

/* ---- semaphores that are locks, and are handed from their makers to others ------------------------------------------- */

static sem_t is_taken;

static void *take_each(void *n)
{
	for (uintptr_t i = 0; i < (uintptr_t)n; i++) {
		count(sem_wait(&is_ready));
		count(sem_trywait(to_be_posted));
		count(sem_post(to_be_posted));
		count(sem_post(&is_taken));
	}
	return NULL;
}

static void hand_over_each(int n)
{
	pthread_t thread;
	sem_t semaphore;

	to_be_posted = &semaphore;
	count(sem_init(&is_ready, 0, 0));
	count(sem_init(&is_taken, 0, 0));
	count(pthread_create(&thread, NULL, take_each, (void *)(uintptr_t)n));
	for (int i = 0; i < n; i++) {
		count(sem_init(to_be_posted, 0, 1));
		count(sem_trywait(to_be_posted));
		count(sem_post(to_be_posted));
		count(sem_post(&is_ready));
		count(sem_wait(&is_taken));
		count(sem_destroy(to_be_posted));
	}
	count(pthread_join(thread, NULL));
}

/* ---- futexes that live for one wait ----------------------------------------------------------------------------------- */

static atomic_int n_asked;
static atomic_int *to_be_raised;

static void raise_futex(atomic_int *futex)
{
	atomic_fetch_add(futex, 1);
	syscall(SYS_futex, futex, FUTEX_WAKE_PRIVATE, 1);
}

static void sleep_until(atomic_int *futex, int value)
{
	for (int now = *futex; now < value; now = *futex)
		syscall(SYS_futex, futex, FUTEX_WAIT_PRIVATE, now, NULL);
}

static void take_two(void)
{
	count(pthread_mutex_lock(&table[0].lock));
	count(pthread_mutex_lock(&table[1].lock));
	count(pthread_mutex_unlock(&table[1].lock));
	count(pthread_mutex_unlock(&table[0].lock));
}

static void *raise_each(void *n)
{
	for (int i = 1; i <= (int)(uintptr_t)n; i++) {
		sleep_until(&n_asked, i);
		take_two();
		raise_futex(to_be_raised);
	}
	return NULL;
}

static void sleep_at_each(int n)
{
	pthread_t thread;

	count(pthread_create(&thread, NULL, raise_each, (void *)(uintptr_t)n));
	for (int i = 0; i < n; i++) {
		atomic_int *futex = calloc(1, sizeof(*futex));

		to_be_raised = futex;
		raise_futex(&n_asked);
		sleep_until(futex, 1);
		take_two();
		/* The other may be about to wake it. */
		free(futex);
	}
	count(pthread_join(thread, NULL));
}

static void say_memory(void)
{
	FILE *file = fopen("/proc/self/status", "r");
	char line[128];

	while (file && fgets(line, sizeof(line), file))
		if (!strncmp(line, "VmHWM:", 6))
			fputs(line, stderr);
	if (file)
		fclose(file);
}

int main(int argc, char **argv)
{
	int n = argc > 2 ? atoi(argv[2]) : 0;

	if (n <= 0)
		return 64;
	if (!strcmp(argv[1], "locks"))
		take_locks(n, false);
	else if (!strcmp(argv[1], "inits"))
		take_locks(n, true);
	else if (!strcmp(argv[1], "held"))
		hold_locks(n);
	else if (!strcmp(argv[1], "deep"))
		go_deep(n);
	else if (!strcmp(argv[1], "operations"))
		work(n);
	else if (!strcmp(argv[1], "waits"))
		wait_each(n);
	else if (!strcmp(argv[1], "hand-overs"))
		hand_over_each(n);
	else if (!strcmp(argv[1], "futexes"))
		sleep_at_each(n);
	else if (!strcmp(argv[1], "threads"))
		have_threads(n, arrive);
	else if (!pthread_barrier_init(&barrier, NULL, (unsigned)n))
		have_threads(n, meet);
	say_memory();
	printf("%d failures\n", failures);
	return 0;
}

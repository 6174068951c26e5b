/* SPDX-License-Identifier: MIT */
/* Programs at rest: two workers of a pool have nothing to do, one thread waits for the end of the first, and the main
 * thread waits for something from outside.  Nothing of it is a deadlock, however long it lasts.
 *
 *   accept | child | epoll | file | poll | read | shared | signal | sleep | timed
 *
 * expect: clean
 *   thread: worker0
 *     wants: is_filled
 *     kind: condition variable
 *   thread: worker1
 *     wants: is_filled
 *     kind: condition variable
 *   thread: joiner
 *     wants: the end of worker0
 *   thread: main
 */
#include "../gdb/stage.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t is_filled = PTHREAD_COND_INITIALIZER;
static pthread_t workers[2];

static void *work(void *arg)
{
	stage_name(arg ? "worker1" : "worker0");
	pthread_mutex_lock(&lock);
	for (;;)
		pthread_cond_wait(&is_filled, &lock);
	return NULL;
}

static void *join(void *arg)
{
	stage_name("joiner");
	pthread_join(workers[0], NULL);
	return NULL;
}

static void rest_accept(void)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};

	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, 1) || accept(fd, NULL, NULL) < 0)
		_exit(1);
}

/* Sleeps for as long as its parent lives. */
static void accompany(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		pause();
}

/* Another process, born with all that this one has: it could end what is waited for. */
static void have_company(void)
{
	if (fork() == 0)
		accompany();
}

static void rest_child(void)
{
	have_company();
	wait(NULL);
}

static void rest_epoll(void)
{
	struct epoll_event event;

	epoll_wait(epoll_create1(0), &event, 1, -1);
}

/* Another process has the lock. */
static void rest_file(void)
{
	char path[64], byte = 0;
	FILE *file = tmpfile();
	int ready[2];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fileno(file));
	if (pipe(ready))
		_exit(1);
	if (fork() == 0) {
		if (flock(open(path, O_RDWR), LOCK_EX) || write(ready[1], &byte, 1) != 1)
			_exit(1);
		accompany();
	}
	if (read(ready[0], &byte, 1) != 1 || flock(fileno(file), LOCK_EX))
		_exit(1);
}

static void rest_poll(void)
{
	poll(NULL, 0, -1);
}

static void rest_read(void)
{
	int ends[2];
	char byte;

	if (pipe(ends))
		_exit(1);
	have_company();
	if (read(ends[0], &byte, 1) < 0)
		_exit(1);
}

/* Whoever maps this memory, too, may post it. */
static void rest_shared(void)
{
	sem_t *slots = mmap(NULL, sizeof(*slots), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	sem_init(slots, 1, 0);
	have_company();
	sem_wait(slots);
}

static void rest_signal(void)
{
	sigset_t all;
	int number;

	sigfillset(&all);
	sigwait(&all, &number);
}

static void rest_sleep(void)
{
	nanosleep(&(struct timespec){.tv_sec = 3600}, NULL);
}

static void rest_timed(void)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 3600;
	pthread_mutex_lock(&lock);
	pthread_cond_timedwait(&is_filled, &lock, &until);
}

static const struct {
	const char *name;
	void (*rest)(void);
} rests[] = {
	{"accept", rest_accept}, {"child", rest_child}, {"epoll", rest_epoll},	 {"file", rest_file},
	{"poll", rest_poll},	 {"read", rest_read},	{"shared", rest_shared}, {"signal", rest_signal},
	{"sleep", rest_sleep},	 {"timed", rest_timed},
};

int main(int argc, char **argv)
{
	pthread_t joiner;

	stage_open(1);
	stage_lock("is_filled", &is_filled);
	pthread_create(&workers[0], NULL, work, NULL);
	pthread_create(&workers[1], NULL, work, &lock);
	pthread_create(&joiner, NULL, join, NULL);
	stage_name("main");
	for (size_t i = 0; i < sizeof(rests) / sizeof(*rests); i++)
		if (strcmp(rests[i].name, argv[1]) == 0)
			rests[i].rest();
	return 1;
}

/* SPDX-License-Identifier: MIT */
/* One thread waits for each kind of thing that there is, and the main thread for a signal: nothing of it is a deadlock.
 *
 * expect: clean
 *   thread: main
 *     sleeps: pause
 *   thread: mutex
 *     wants: plain
 *     kind: mutex
 *   thread: recursive
 *     wants: recursive
 *     kind: mutex
 *   thread: robust
 *     wants: robust
 *     kind: mutex
 *   thread: inherit
 *     wants: inherit
 *     kind: mutex
 *   thread: reader
 *     wants: written
 *     kind: rwlock
 *   thread: writer
 *     wants: being_read
 *     kind: rwlock
 *   thread: latewriter
 *     wants: written
 *     kind: rwlock
 *   thread: firstwriter
 *     wants: preferred
 *     kind: rwlock
 *   thread: lastreader
 *     wants: preferred
 *     kind: rwlock
 *   thread: semaphore
 *     wants: slots
 *     kind: semaphore
 *   thread: condition
 *     wants: is_filled
 *     kind: condition variable
 *   thread: barrier
 *     wants: meeting
 *     kind: barrier
 *   thread: once
 *     wants: once
 *     kind: once
 *   thread: initialiser
 *     sleeps: pause
 *   thread: guard
 *     kind: static guard
 *   thread: maker
 *     sleeps: pause
 *   thread: stream
 *     kind: stream
 *   thread: join
 *     wants: the end of maker
 *   thread: futex
 *     wants: word
 *     kind: futex
 *   thread: timed
 *     wants: slots
 *     kind: semaphore
 */
#include <atomic>
#include <linux/futex.h>
#include <sched.h>
#include <semaphore.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>

#include "../gdb/stage.h"

static pthread_mutex_t plain = PTHREAD_MUTEX_INITIALIZER, held = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t recursive, robust, inherit;
static pthread_rwlock_t written = PTHREAD_RWLOCK_INITIALIZER, being_read = PTHREAD_RWLOCK_INITIALIZER;
static pthread_rwlock_t preferred = PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;
static sem_t slots;
static pthread_cond_t is_filled = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t meeting;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static unsigned word;
static pthread_t maker_thread;
static std::atomic<int> actor_tid;

static void lock_mutex()
{
	pthread_mutex_lock(&plain);
}
static void lock_recursive()
{
	pthread_mutex_lock(&recursive);
}
static void lock_robust()
{
	pthread_mutex_lock(&robust);
}
static void lock_inherit()
{
	pthread_mutex_lock(&inherit);
}
static void read_written()
{
	pthread_rwlock_rdlock(&written);
}
static void write_read()
{
	pthread_rwlock_wrlock(&being_read);
}
static void write_written()
{
	pthread_rwlock_wrlock(&written);
}
static void write_preferred()
{
	pthread_rwlock_wrlock(&preferred);
}
static void read_preferred()
{
	pthread_rwlock_rdlock(&preferred);
}
static void wait_semaphore()
{
	sem_wait(&slots);
}
static void wait_barrier()
{
	pthread_barrier_wait(&meeting);
}
static void sleep_for_ever()
{
	for (;;)
		pause();
}
static void call_once()
{
	pthread_once(&once, sleep_for_ever);
}
static int make()
{
	sleep_for_ever();
	return 1;
}
static int make_static()
{
	static int made = make();
	return made;
}
static void call_maker()
{
	make_static();
}
static void lock_stream()
{
	flockfile(stdin);
}
static void join_maker()
{
	pthread_join(maker_thread, nullptr);
}
static void wait_futex()
{
	syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, nullptr);
}

static void wait_condition()
{
	pthread_mutex_lock(&held);
	for (;;)
		pthread_cond_wait(&is_filled, &held);
}

static void wait_timed()
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 3600;
	sem_timedwait(&slots, &until);
}

/* Who comes first matters: each is asleep before the next one is made. */
static const struct actor {
	const char *name;
	void (*act)();
} actors[] = {
	{"mutex", lock_mutex},		{"recursive", lock_recursive},
	{"robust", lock_robust},	{"inherit", lock_inherit},
	{"reader", read_written},	{"latewriter", write_written},
	{"writer", write_read},		{"firstwriter", write_preferred},
	{"lastreader", read_preferred}, {"semaphore", wait_semaphore},
	{"condition", wait_condition},	{"barrier", wait_barrier},
	{"initialiser", call_once},	{"once", call_once},
	{"maker", call_maker},		{"guard", call_maker},
	{"stream", lock_stream},	{"join", join_maker},
	{"futex", wait_futex},		{"timed", wait_timed},
};

static void *play(void *arg)
{
	const struct actor *actor = static_cast<const struct actor *>(arg);

	stage_name(actor->name);
	actor_tid = gettid();
	actor->act();
	return nullptr;
}

static void make_mutexes()
{
	pthread_mutexattr_t attributes;

	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&recursive, &attributes);
	pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_NORMAL);
	pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&robust, &attributes);
	pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_STALLED);
	pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
	pthread_mutex_init(&inherit, &attributes);
}

static void hold_all()
{
	pthread_mutex_lock(&plain);
	pthread_mutex_lock(&recursive);
	pthread_mutex_lock(&recursive);
	pthread_mutex_lock(&robust);
	pthread_mutex_lock(&inherit);
	pthread_rwlock_wrlock(&written);
	pthread_rwlock_rdlock(&being_read);
	pthread_rwlock_rdlock(&preferred);
	flockfile(stdin);
}

/* Until the kernel says that the actor sleeps. */
static void await_sleep()
{
	char path[64], state = 'r';

	while (!actor_tid.load())
		sched_yield();
	snprintf(path, sizeof(path), "/proc/self/task/%d/syscall", actor_tid.load());
	while (state == 'r') {
		FILE *call = fopen(path, "r");

		if (!call || fread(&state, 1, 1, call) != 1)
			_exit(1);
		fclose(call);
	}
}

static void name_locks()
{
	stage_lock("plain", &plain);
	stage_lock("recursive", &recursive);
	stage_lock("robust", &robust);
	stage_lock("inherit", &inherit);
	stage_lock("written", &written);
	stage_lock("being_read", &being_read);
	stage_lock("preferred", &preferred);
	stage_lock("slots", &slots);
	stage_lock("is_filled", &is_filled);
	stage_lock("meeting", &meeting);
	stage_lock("once", &once);
	stage_lock("word", &word);
}

int main()
{
	pthread_t thread;

	stage_open(1);
	make_mutexes();
	sem_init(&slots, 0, 0);
	pthread_barrier_init(&meeting, nullptr, 3);
	hold_all();
	for (const struct actor &actor : actors) {
		actor_tid = 0;
		pthread_create(&thread, nullptr, play, const_cast<struct actor *>(&actor));
		await_sleep();
		if (!strcmp(actor.name, "maker"))
			maker_thread = thread;
	}
	stage_name("main");
	name_locks();
	sleep_for_ever();
}

/* SPDX-License-Identifier: MIT */
/* The layouts of glibc's locks, those of 64-bit builds from 2.31 on, and of the guards of C++ statics.
 *
 *   mutex      word, levels, TID of the owner, users, kind                  the same for 30 years
 *   rwlock     readers<<3|flags, writers, phase word, writers' word, -, -, TID of the writer, shared, ..., flags at 48
 *   semaphore  value, waiters, private
 *   barrier    entered, round, parties, shared, left
 *   condition  sequence (8), group 1 start (8), references (2, until 2.40), sizes (2), size, references<<3, words (2)
 *   once       1 while its routine runs, + 4 for each fork
 *   guard      0x10100 while the value is made and somebody waits
 *   stream     word, levels, the owner's descriptor
 *   join       the word is the TID in the joined thread's descriptor
 */
#include "layout.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

enum {
	TID_MASK = 0x3fffffff,
	MOST_TIDS = 4194304, /* the kernel's own limit */
	WAITED_FOR = 2,	     /* the word of a plain mutex that somebody waits for */

	/* A mutex's kind: its type in the lowest two bits, then flags. */
	MUTEX_TYPE = 3,
	MUTEX_RECURSIVE = 1,
	MUTEX_ERRORCHECK = 2,
	MUTEX_ADAPTIVE = 3,
	MUTEX_ROBUST = 16,
	MUTEX_INHERIT = 32,
	MUTEX_PROTECT = 64,
	MUTEX_SHARED = 128,
	MUTEX_KINDS = 0x3ff,

	RWLOCK_WRITE_PHASE = 1,
	RWLOCK_WRITE_LOCKED = 2,
	RWLOCK_READER = 8,
	RWLOCK_USED = 2, /* in its futex words: somebody waits */
	RWLOCK_KINDS = 2,

	BARRIER_SHARED = 128,
	SEM_SHARED = 128,
	COND_REFERENCE = 8,
	ONCE_RUNNING = 1,
	GUARD_WAITED_FOR = 0x10100,
	GUARD_SIZE = 4,

	STREAM_LEVELS = 1000,
	DESCRIPTOR_SIZE = 1024, /* of a thread, as far as its TID is looked for */
};

static bool is_tid(const struct sight *sight, uint32_t tid)
{
	uint32_t low = 0, high = sight->n_tids;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (sight->tids[middle] < tid)
			low = middle + 1;
		else
			high = middle;
	}
	return low < sight->n_tids && sight->tids[low] == tid;
}

/* At least those that we saw, and no more than there are where only threads of the process can wait. */
static bool is_count_of_waiters(const struct sight *sight, uint32_t n)
{
	return n >= sight->n_waiters && n <= (sight->futex.is_private ? sight->n_tids : MOST_TIDS);
}

/* ---- mutex ------------------------------------------------------------------------------------------------------ */

struct mutex {
	uint32_t word, levels, owner, users, kind;
};

static bool is_held_mutex(const struct sight *sight, const struct mutex *mutex)
{
	bool is_recursive = (mutex->kind & MUTEX_TYPE) == MUTEX_RECURSIVE;
	bool names_owner = (mutex->kind & (MUTEX_ROBUST | MUTEX_INHERIT)) && (mutex->word & TID_MASK) == mutex->owner;

	if (!mutex->word || !mutex->owner || mutex->owner > TID_MASK || mutex->kind > MUTEX_KINDS ||
	    (mutex->levels > 1 && !is_recursive))
		return false;
	return is_tid(sight, mutex->owner) || (mutex->kind & MUTEX_SHARED) || names_owner ||
	       (mutex->word == WAITED_FOR && mutex->users == 1);
}

static uint32_t mutex_flags(uint32_t kind)
{
	static const struct {
		uint32_t kind, flag;
	} flags[] = {{MUTEX_ROBUST, OBJECT_ROBUST},
		     {MUTEX_INHERIT, OBJECT_PRIO_INHERIT},
		     {MUTEX_PROTECT, OBJECT_PRIO_PROTECT},
		     {MUTEX_SHARED, OBJECT_PROCESS_SHARED}};
	static const uint32_t types[] = {
		[MUTEX_RECURSIVE] = OBJECT_RECURSIVE,
		[MUTEX_ERRORCHECK] = OBJECT_ERRORCHECK,
		[MUTEX_ADAPTIVE] = OBJECT_ADAPTIVE,
	};
	uint32_t found = types[kind & MUTEX_TYPE];

	for (size_t i = 0; i < sizeof(flags) / sizeof(*flags); i++)
		if (kind & flags[i].kind)
			found |= flags[i].flag;
	return found;
}

/* Rust's own mutex has the same word, whatever is kept in it right behind, and always waits by the newer form of the
 * call: glibc does so only for a time. */
static bool is_mutex_wait(const struct futex *futex, uint32_t owner)
{
	return (futex->is_plain || futex->is_timed) &&
	       (futex->value == WAITED_FOR || (futex->value & TID_MASK) == owner);
}

static bool fits_mutex(const struct sight *sight, const void *bytes, struct lock *lock)
{
	const struct futex *futex = &sight->futex;
	struct mutex mutex;

	memcpy(&mutex, bytes, sizeof(mutex));
	if (!is_held_mutex(sight, &mutex))
		return false;
	if (!futex->is_for_owner && !is_mutex_wait(futex, mutex.owner))
		return false;
	lock->owner = mutex.owner;
	lock->flags = mutex_flags(mutex.kind);
	return true;
}

/* ---- join ------------------------------------------------------------------------------------------------------- */

static bool fits_join(const struct sight *sight, const void *bytes, struct lock *lock)
{
	uint32_t word;

	memcpy(&word, bytes, sizeof(word));
	if (sight->futex.is_private || word != sight->futex.value || !is_tid(sight, word))
		return false;
	lock->address = word;
	lock->mode = MODE_TOKEN;
	return true;
}

/* ---- once and guards -------------------------------------------------------------------------------------------- */

static bool fits_guard(const struct sight *sight, const void *bytes, struct lock *lock)
{
	uint32_t word;

	memcpy(&word, bytes, sizeof(word));
	return word == GUARD_WAITED_FOR && sight->futex.value == word && sight->futex.is_plain &&
	       !sight->futex.is_private;
}

/* So many programs wait for a word to be no longer 1 that only a variable of a file is believed to be a once object. */
static bool fits_once(const struct sight *sight, const void *bytes, struct lock *lock)
{
	uint32_t word;

	memcpy(&word, bytes, sizeof(word));
	return sight->is_in_module && sight->futex.is_plain && sight->futex.is_private && word == sight->futex.value &&
	       word % 4 == ONCE_RUNNING && word >> 20 == 0;
}

/* ---- stream ----------------------------------------------------------------------------------------------------- */

/* The TID of the thread whose descriptor lies at an address, 0 when none does.  On x86-64 a descriptor begins with its
 * own address, and has it once more. */
static uint32_t tid_of_descriptor(const struct sight *sight, uint64_t address)
{
	uint64_t words[DESCRIPTOR_SIZE / sizeof(uint64_t)];
	const uint32_t *halves = (const uint32_t *)words;

	if (sight->target->machine != EM_X86_64 || address % 16 ||
	    !sight->target->read(sight->target, address, words, sizeof(words)) || words[0] != address ||
	    words[2] != address)
		return 0;
	for (size_t i = 8; i < DESCRIPTOR_SIZE / sizeof(*halves); i++)
		if (is_tid(sight, halves[i]))
			return halves[i];
	return 0;
}

static bool fits_stream(const struct sight *sight, const void *bytes, struct lock *lock)
{
	struct {
		uint32_t word, levels;
		uint64_t owner;
	} stream;

	memcpy(&stream, bytes, sizeof(stream));
	if (stream.word != WAITED_FOR || sight->futex.value != WAITED_FOR || !sight->futex.is_private ||
	    stream.levels < 1 || stream.levels > STREAM_LEVELS)
		return false;
	lock->owner = tid_of_descriptor(sight, stream.owner);
	return lock->owner != 0;
}

/* ---- barrier ---------------------------------------------------------------------------------------------------- */

static bool fits_barrier(const struct sight *sight, const void *bytes, struct lock *lock)
{
	struct {
		uint32_t in, round, count, shared, out;
	} barrier;

	memcpy(&barrier, bytes, sizeof(barrier));
	if (!sight->futex.is_plain || barrier.round != sight->futex.value || barrier.count < 2 ||
	    barrier.shared != (sight->futex.is_private ? 0 : BARRIER_SHARED))
		return false;
	lock->n_come = barrier.in - barrier.round;
	lock->n_needed = barrier.count;
	lock->mode = MODE_TOKEN;
	return lock->n_come < barrier.count && is_count_of_waiters(sight, lock->n_come);
}

/* ---- condition variable ----------------------------------------------------------------------------------------- */

struct condition {
	uint64_t sequence, start;
	uint32_t rest[8];
};

static bool has_sane_sequence(const struct condition *condition)
{
	uint64_t sequence = condition->sequence >> 1, start = condition->start >> 1;

	return sequence > 0 && start <= sequence;
}

/* Of a group of waiters.  It is less than 0 when some have given up who were counted in the other one. */
static bool is_size(uint32_t size)
{
	return size + MOST_TIDS <= 2u * MOST_TIDS;
}

/* Until 2.40: rest is references 0 and 1, sizes 0 and 1, the size of group 1, waiters, words 0 and 1. */
static bool fits_condition(const struct sight *sight, const void *bytes, struct lock *lock)
{
	struct condition condition;

	memcpy(&condition, bytes, sizeof(condition));
	lock->mode = MODE_TOKEN;
	return has_sane_sequence(&condition) && is_count_of_waiters(sight, condition.rest[5] / COND_REFERENCE) &&
	       (condition.rest[0] | condition.rest[1]) / 2 >= 1 && is_size(condition.rest[2]) &&
	       is_size(condition.rest[3]);
}

/* From 2.41 on: rest is sizes 0 and 1, the size of group 1, waiters, words 0 and 1, and two that are 0. */
static bool fits_newer_condition(const struct sight *sight, const void *bytes, struct lock *lock)
{
	struct condition condition;

	memcpy(&condition, bytes, sizeof(condition));
	lock->mode = MODE_TOKEN;
	return has_sane_sequence(&condition) && is_count_of_waiters(sight, condition.rest[3] / COND_REFERENCE) &&
	       is_size(condition.rest[0]) && is_size(condition.rest[1]) && !condition.rest[6] && !condition.rest[7];
}

/* ---- rwlock ----------------------------------------------------------------------------------------------------- */

struct rwlock {
	uint32_t readers, writers, phase_word, writers_word, zero[2], writer, shared;
	uint64_t zeros[2];
	uint32_t kind;
};

static bool is_rwlock(const struct sight *sight, const struct rwlock *rwlock)
{
	return !rwlock->zero[0] && !rwlock->zero[1] && !rwlock->zeros[0] && !rwlock->zeros[1] &&
	       rwlock->shared == !sight->futex.is_private && rwlock->kind <= RWLOCK_KINDS &&
	       rwlock->phase_word <= (1 | RWLOCK_USED) && rwlock->writers_word <= (1 | RWLOCK_USED) &&
	       rwlock->readers && rwlock->readers / RWLOCK_READER <= MOST_TIDS &&
	       (!rwlock->writer || rwlock->shared || is_tid(sight, rwlock->writer));
}

static bool take_rwlock(const struct sight *sight, const void *bytes, struct lock *lock)
{
	const uint32_t write = RWLOCK_WRITE_PHASE | RWLOCK_WRITE_LOCKED;
	struct rwlock rwlock;

	memcpy(&rwlock, bytes, sizeof(rwlock));
	if (!is_rwlock(sight, &rwlock))
		return false;
	lock->flags =
		(rwlock.shared ? OBJECT_PROCESS_SHARED : 0) | (rwlock.kind == RWLOCK_KINDS ? OBJECT_PREFER_WRITER : 0);
	if ((rwlock.readers & write) == write)
		lock->owner = rwlock.writer;
	else if (!(rwlock.readers & RWLOCK_WRITE_PHASE))
		lock->n_readers = rwlock.readers / RWLOCK_READER;
	return true;
}

/* Readers wait here for a writer to end, and the first writer for readers. */
static bool fits_rwlock_phase(const struct sight *sight, const void *bytes, struct lock *lock)
{
	lock->mode = sight->futex.value & 1 ? MODE_READ : MODE_WRITE;
	return (sight->futex.value & ~1u) == RWLOCK_USED && take_rwlock(sight, bytes, lock);
}

static bool fits_rwlock_writers(const struct sight *sight, const void *bytes, struct lock *lock)
{
	return sight->futex.value == (1 | RWLOCK_USED) && take_rwlock(sight, bytes, lock);
}

/* Readers that let writers go first wait here. */
static bool fits_rwlock_readers(const struct sight *sight, const void *bytes, struct lock *lock)
{
	lock->mode = MODE_READ;
	lock->is_behind_writers = true;
	return take_rwlock(sight, bytes, lock) && (lock->flags & OBJECT_PREFER_WRITER);
}

/* ---- semaphore -------------------------------------------------------------------------------------------------- */

static bool fits_semaphore(const struct sight *sight, const void *bytes, struct lock *lock)
{
	struct {
		uint32_t value, waiters, shared;
	} semaphore;

	memcpy(&semaphore, bytes, sizeof(semaphore));
	lock->mode = MODE_TOKEN;
	lock->flags = sight->futex.is_private ? 0 : OBJECT_PROCESS_SHARED;
	return sight->futex.value == 0 && is_count_of_waiters(sight, semaphore.waiters) &&
	       semaphore.shared == (sight->futex.is_private ? 0 : SEM_SHARED);
}

/* ---- all of them ------------------------------------------------------------------------------------------------ */

/* The most telling ones come first. */
static const struct {
	enum object_kind kind;
	uint32_t size, word; /* of the lock; where in it the word is that is waited on */
	bool (*fits)(const struct sight *sight, const void *bytes, struct lock *lock);
} layouts[] = {
	{OBJECT_THREAD, sizeof(uint32_t), 0, fits_join},
	{OBJECT_MUTEX, sizeof(struct mutex), 0, fits_mutex},
	{OBJECT_GUARD, GUARD_SIZE, 0, fits_guard},
	{OBJECT_STREAM, 16, 0, fits_stream},
	{OBJECT_BARRIER, 20, 4, fits_barrier},
	{OBJECT_RWLOCK, sizeof(struct rwlock), 8, fits_rwlock_phase},
	{OBJECT_RWLOCK, sizeof(struct rwlock), 12, fits_rwlock_writers},
	{OBJECT_RWLOCK, sizeof(struct rwlock), 0, fits_rwlock_readers},
	{OBJECT_COND, sizeof(struct condition), 40, fits_condition},
	{OBJECT_COND, sizeof(struct condition), 44, fits_condition},
	{OBJECT_COND, sizeof(struct condition), 32, fits_newer_condition},
	{OBJECT_COND, sizeof(struct condition), 36, fits_newer_condition},
	{OBJECT_SEM, 12, 0, fits_semaphore},
	{OBJECT_ONCE, sizeof(uint32_t), 0, fits_once},
};

enum { LARGEST_LOCK = 64 };

void layout_tell(const struct sight *sight, struct lock *ret_lock)
{
	unsigned char bytes[LARGEST_LOCK];

	for (size_t i = 0; i < sizeof(layouts) / sizeof(*layouts); i++) {
		uint64_t address = sight->futex.address - layouts[i].word;

		*ret_lock = (struct lock){.kind = layouts[i].kind, .address = address};
		if (sight->target->read(sight->target, address, bytes, layouts[i].size) &&
		    layouts[i].fits(sight, bytes, ret_lock))
			return;
	}
	*ret_lock = (struct lock){.kind = OBJECT_FUTEX, .address = sight->futex.address, .mode = MODE_TOKEN};
}

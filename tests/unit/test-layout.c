/* SPDX-License-Identifier: MIT */
/* Words of locks as glibc's versions leave them, and words that only look like some. */
#undef NDEBUG
#include "tools/inspect/layout.h"

#include <assert.h>
#include <elf.h>
#include <string.h>

enum { BASE = 0x1000, SIZE = 128, TID = 100 };

struct memory {
	struct target target; /* first */
	uint32_t words[SIZE / 4];
};

static bool read_words(const struct target *target, uint64_t address, void *to, size_t size)
{
	const struct memory *memory = (const void *)target;

	if (address < BASE || address + size > BASE + SIZE)
		return false;
	memcpy(to, (const char *)memory->words + (address - BASE), size);
	return true;
}

struct story {
	const char *what;
	uint32_t words[16]; /* from BASE on */
	uint32_t at; /* offset of the word that is waited on */
	struct futex futex;
	enum object_kind kind;
	uint32_t begins; /* where the lock begins */
	enum object_mode mode;
	uint32_t owner;
};

#define ANY   .is_private = true
#define PLAIN .is_private = true, .is_plain = true

static const struct story stories[] = {
	{"mutex", {2, 0, TID, 1, 0}, 0, {.value = 2, PLAIN}, OBJECT_MUTEX, 0, MODE_WRITE, TID},
	{"mutex of a thread that has ended", {2, 0, 99, 1, 0}, 0, {.value = 2, PLAIN}, OBJECT_MUTEX, 0, MODE_WRITE, 99},
	{"a lock inside a library", {2, 7, 8, 9, 0}, 0, {.value = 2, PLAIN}, OBJECT_FUTEX, 0, MODE_TOKEN, 0},
	{"mutex that a time is waited for",
	 {2, 0, TID, 1, 0},
	 0,
	 {.value = 2, ANY, .is_timed = true},
	 OBJECT_MUTEX,
	 0,
	 MODE_WRITE,
	 TID},
	{"a mutex of Rust's, with 2 in it", {2, 0, 2, 1, 0}, 0, {.value = 2, ANY}, OBJECT_FUTEX, 0, MODE_TOKEN, 0},
	{"somebody's own mutex, with 2 in it", {2, 0, 2, 0, 0}, 0, {.value = 2, PLAIN}, OBJECT_FUTEX, 0, MODE_TOKEN, 0},
	{"mutex taken twice, not recursive", {2, 2, TID, 1, 0}, 0, {.value = 2, PLAIN}, OBJECT_FUTEX, 0, MODE_TOKEN, 0},
	{"recursive mutex", {2, 2, TID, 1, 1}, 0, {.value = 2, PLAIN}, OBJECT_MUTEX, 0, MODE_WRITE, TID},
	{"robust mutex",
	 {0x80000000 | TID, 1, TID, 1, 16},
	 0,
	 {.value = 0x80000000 | TID, .is_plain = true},
	 OBJECT_MUTEX,
	 0,
	 MODE_WRITE,
	 TID},
	{"join", {TID}, 0, {.value = TID}, OBJECT_THREAD, TID - BASE, MODE_TOKEN, 0},
	{"the word of a join, but private", {TID}, 0, {.value = TID, ANY}, OBJECT_FUTEX, 0, MODE_TOKEN, 0},
	{"condition until 2.40",
	 {2, 0, 0, 0, 2, 0, 0, 0, 0, 8, 0, 0},
	 40,
	 {.value = 0, ANY},
	 OBJECT_COND,
	 0,
	 MODE_TOKEN,
	 0},
	{"condition until 2.40 of which waiters gave up, other clock",
	 {4, 0, 0, 0, 2, 0, 0xffffffff, 0, 0, 10, 0, 0},
	 40,
	 {.value = 0, ANY},
	 OBJECT_COND,
	 0,
	 MODE_TOKEN,
	 0},
	{"condition from 2.41 on",
	 {2, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0},
	 32,
	 {.value = 0, ANY},
	 OBJECT_COND,
	 0,
	 MODE_TOKEN,
	 0},
	{"rwlock that is written, a reader",
	 {11, 0, 3, 1, 0, 0, TID, 0},
	 8,
	 {.value = 3, ANY},
	 OBJECT_RWLOCK,
	 0,
	 MODE_READ,
	 TID},
	{"rwlock that is read, a writer",
	 {10, 0, 2, 1, 0, 0, 0, 0},
	 8,
	 {.value = 2, ANY},
	 OBJECT_RWLOCK,
	 0,
	 MODE_WRITE,
	 0},
	{"rwlock that is written, another writer",
	 {3, 1, 1, 3, 0, 0, TID, 0},
	 12,
	 {.value = 3, ANY},
	 OBJECT_RWLOCK,
	 0,
	 MODE_WRITE,
	 TID},
	{"semaphore", {0, 1, 0}, 0, {.value = 0, ANY}, OBJECT_SEM, 0, MODE_TOKEN, 0},
	{"semaphore with more waiters than threads", {0, 50, 0}, 0, {.value = 0, ANY}, OBJECT_FUTEX, 0, MODE_TOKEN, 0},
	{"barrier", {1, 0, 3, 0, 0}, 4, {.value = 0, PLAIN}, OBJECT_BARRIER, 0, MODE_TOKEN, 0},
	{"barrier to which all have come", {60, 0, 50, 0, 0}, 4, {.value = 0, PLAIN}, OBJECT_FUTEX, 4, MODE_TOKEN, 0},
	{"guard", {0x10100}, 0, {.value = 0x10100, .is_plain = true}, OBJECT_GUARD, 0, MODE_WRITE, 0},
	{"guard of a value that is made", {1}, 0, {.value = 0x10100, .is_plain = true}, OBJECT_FUTEX, 0, MODE_TOKEN, 0},
	{"once", {1}, 0, {.value = 1, PLAIN}, OBJECT_ONCE, 0, MODE_WRITE, 0},
	{"once after a fork", {5}, 0, {.value = 5, PLAIN}, OBJECT_ONCE, 0, MODE_WRITE, 0},
	{"nothing that is known", {7, 7, 7, 7}, 0, {.value = 7, PLAIN}, OBJECT_FUTEX, 0, MODE_TOKEN, 0},
};

static void check(const struct story *story)
{
	static const uint32_t tids[] = {TID, TID + 1, TID + 2};
	struct memory memory = {.target = {.read = read_words, .machine = EM_X86_64}};
	struct sight sight = {&memory.target, story->futex, 1, true, tids, 3};
	struct lock lock;

	memcpy(memory.words, story->words, sizeof(story->words));
	sight.futex.address = BASE + story->at;
	layout_tell(&sight, &lock);
	if (lock.kind != story->kind)
		fprintf(stderr, "%s: kind %d, not %d\n", story->what, lock.kind, story->kind);
	assert(lock.kind == story->kind);
	assert(lock.address == BASE + story->begins || (lock.kind == OBJECT_THREAD && lock.address == TID));
	assert(lock.mode == story->mode);
	assert(lock.owner == story->owner);
}

int main(void)
{
	for (size_t i = 0; i < sizeof(stories) / sizeof(*stories); i++)
		check(&stories[i]);
	return 0;
}

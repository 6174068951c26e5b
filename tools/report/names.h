/* SPDX-License-Identifier: MIT */
/* Names for the things of a session, as a person would say them.
 *
 *   lock     accounts[3].lock           a variable, with its member path
 *            mutex created at pool.c:88 #2     on the heap: the second one made by that line
 *            mutex first used at pool.c:91     never initialised by a call
 *            futex of std::future::get         known to the kernel alone: the call of a runtime that waits
 *   thread   the main thread, thread 3 "worker"; "of bank[4711]" is added when several processes were watched
 *   stack    see stacks.h
 *
 * Names are made when they are first asked for, so only what is printed is looked up.  Everything returned lives as long
 * as the names.  Nothing here is made safe for a terminal: page.c and json.c do that.
 */
#ifndef SNAG_NAMES_H
#define SNAG_NAMES_H

#include "../judge/finding.h"
#include "stacks.h"

struct names;

struct names *names_new(const struct session *session);
void names_free(struct names *names);

/* For strings that are to live as long. */
struct pool *names_pool(struct names *names);

/* The name of a lock.  Two variables of one name are told apart (`lock (bank.c:12)`) if both have been learnt before, and
 * so are locks that one line has made in two processes. */
const char *names_lock(struct names *names, const struct finding_lock *lock);
void names_learn_lock(struct names *names, const struct finding_lock *lock);

/* That a thread waits for it with this stack: a futex without a name is called after what waits. */
void names_learn_wait(struct names *names, const struct finding_lock *lock, uint32_t stack);

/* The name as part of a sentence: "`accounts[3].lock`", "the mutex created at pool.c:88 #2". */
const char *names_lock_phrase(struct names *names, const struct finding_lock *lock);

/* The same with its kind in front: "mutex `accounts[3].lock`". */
const char *names_lock_kind_phrase(struct names *names, const struct finding_lock *lock);

/* Whether two locks are elements of one array, or were made by one line. */
bool names_are_siblings(struct names *names, const struct finding_lock *a, const struct finding_lock *b);

/* The lock's name without what differs from instance to instance and from build to build: `accounts[].lock`,
 * `mutex created in conn_new`. */
const char *names_lock_class(struct names *names, const struct finding_lock *lock);

/* "mutex", "rwlock", ...: for data. */
const char *kind_name(enum object_kind kind);

/* `thread 3 "worker"`; `index` 0 is "a thread". */
const char *names_thread(struct names *names, const struct model *model, uint32_t index);

/* `thread 3 "worker" (started worker_main, created at bank.c:71)` */
const char *names_thread_with_origin(struct names *names, const struct model *model, uint32_t index);

/* The function the thread was started with, NULL unknown. */
const char *names_start(struct names *names, const struct model *model, uint32_t index);

/* The frames of model->stacks[stack]. */
const struct backtrace *names_stack(struct names *names, const struct model *model, uint32_t stack);

/* "at bank.c:41": the site of that stack; "at an unknown place" for an empty one. */
const char *names_where(struct names *names, const struct model *model, uint32_t stack);

/* The same as frame_code() has it; "?" for an empty one. */
const char *names_code(struct names *names, const struct model *model, uint32_t stack);

#endif

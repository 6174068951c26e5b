/* SPDX-License-Identifier: MIT */
/* From what threads sleep in to what they wait for, and from that to who holds it.
 *
 * Nothing says what a thread holds but the locks that others wait for. So the live part has the holds that matter:
 * those that somebody wants.
 */
#include "layout.h"
#include "recording.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A task's wait, found and not yet put into the model. */
struct wanted {
	bool is_waiting, is_timed, is_shared;
	struct lock lock;
	struct outside outside;
};

/* A hold that a lock's own words tell of. */
struct hold {
	uint32_t live; /* number in model->live */
	uint32_t object;
	enum object_mode mode;
};

struct facts {
	struct target *target;
	struct model *model, *recorded; /* what was seen, and what the shim wrote, NULL nothing */
	uint32_t *tids;	 /* ascending */
	uint64_t *words; /* that are waited on, ascending, as often as that */
	uint32_t n_words;
	struct wanted *wanted; /* by task */
	struct hold *holds;
	uint32_t n_holds;
};

static int compare_u32(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static int compare_u64(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

const struct mapping *target_mapping(const struct target *target, uint64_t address)
{
	for (uint32_t i = 0; i < target->n_mappings; i++)
		if (address >= target->mappings[i].start && address < target->mappings[i].end)
			return &target->mappings[i];
	return NULL;
}

/* Whether memory at an address can, as far as is known, be changed by other processes. */
static bool is_shared(const struct target *target, uint64_t address)
{
	const struct mapping *mapping = target->shares_unknown ? NULL : target_mapping(target, address);

	return target->shares_unknown || (mapping && mapping->is_shared);
}

/* ---- waits ------------------------------------------------------------------------------------------------------ */

static void list_words(struct facts *facts)
{
	const struct target *target = facts->target;
	struct futex futex;

	for (uint32_t i = 0; i < target->n_tasks; i++) {
		facts->tids[i] = target->tasks[i].tid;
		if (futex_of(target, &target->tasks[i], &futex))
			facts->words[facts->n_words++] = futex.address;
	}
	qsort(facts->tids, target->n_tasks, sizeof(*facts->tids), compare_u32);
	qsort(facts->words, facts->n_words, sizeof(*facts->words), compare_u64);
}

static uint32_t count_waiters(const struct facts *facts, uint64_t address)
{
	const uint64_t *found = bsearch(&address, facts->words, facts->n_words, sizeof(address), compare_u64);
	uint32_t n = 0;

	while (found > facts->words && found[-1] == address)
		found--;
	while (found + n < facts->words + facts->n_words && found[n] == address)
		n++;
	return n;
}

/* Some calls leave open who may wake them, although nobody else can. */
static bool can_be_shared(const struct futex *futex, const struct lock *lock)
{
	switch (lock->kind) {
	case OBJECT_THREAD:
	case OBJECT_GUARD:
		return false;
	case OBJECT_MUTEX:
		return lock->flags & OBJECT_PROCESS_SHARED;
	default:
		return !futex->is_private;
	}
}

static void look_outside(struct facts *facts, uint32_t task)
{
	if (facts->target->look_outside)
		facts->target->look_outside(facts->target, &facts->target->tasks[task], &facts->wanted[task].outside);
}

/* In a call that is no futex: a lock on a file is one of a kind that threads can hold. */
static void find_other_wait(struct facts *facts, uint32_t task)
{
	struct wanted *wanted = &facts->wanted[task];

	look_outside(facts, task);
	if (!wanted->outside.is_file_lock)
		return;
	wanted->is_waiting = wanted->is_shared = true;
	wanted->lock = (struct lock){.kind = OBJECT_FILE_LOCK,
				     .address = wanted->outside.address,
				     .mode = wanted->outside.mode,
				     .owner = wanted->outside.owner};
}

static void find_wait(struct facts *facts, uint32_t task)
{
	const struct target *target = facts->target;
	struct wanted *wanted = &facts->wanted[task];
	struct sight sight = {.target = target, .tids = facts->tids, .n_tids = target->n_tasks};

	if (!target->tasks[task].is_asleep)
		return;
	if (!futex_of(target, &target->tasks[task], &sight.futex)) {
		find_other_wait(facts, task);
		return;
	}
	sight.n_waiters = count_waiters(facts, sight.futex.address);
	sight.is_in_module = model_module_at(facts->model, sight.futex.address, 0) != NULL;
	layout_tell(&sight, &wanted->lock);
	wanted->is_waiting = true;
	wanted->is_timed = sight.futex.is_timed;
	wanted->is_shared = can_be_shared(&sight.futex, &wanted->lock) && is_shared(target, sight.futex.address);
	wanted->outside.owner = wanted->lock.owner;
	if (wanted->is_shared)
		look_outside(facts, task);
}

/* ---- the model -------------------------------------------------------------------------------------------------- */

static int compare_locks(const void *a, const void *b)
{
	const struct wanted *x = *(const struct wanted *const *)a, *y = *(const struct wanted *const *)b;

	if (x->lock.address != y->lock.address)
		return x->lock.address < y->lock.address ? -1 : 1;
	return (x->lock.kind > y->lock.kind) - (x->lock.kind < y->lock.kind);
}

/* The task with a TID, or n_tasks. */
static uint32_t task_of(const struct facts *facts, uint32_t tid)
{
	const struct target *target = facts->target;
	const uint32_t *found = bsearch(&tid, facts->tids, target->n_tasks, sizeof(tid), compare_u32);
	uint32_t i = 0;

	while (found && i < target->n_tasks && target->tasks[i].tid != tid)
		i++;
	return found ? i : target->n_tasks;
}

/* A thread that a lock names as its owner, and that is not there any more. */
static uint32_t add_ended(struct facts *facts, uint32_t tid)
{
	struct model *model = facts->model;

	for (uint32_t i = facts->target->n_tasks; i < model->n_live; i++)
		if (model->threads[model->live[i].wait.thread].tid == tid)
			return i;
	model->threads[model->n_threads] = (struct thread){.index = model->n_threads, .tid = tid, .is_ended = true};
	snprintf(model->threads[model->n_threads].name, TRACE_NAME_SIZE, "TID %" PRIu32, tid);
	model->live[model->n_live] = (struct live_thread){.is_ended = true, .wait.thread = model->n_threads};
	model->n_threads++;
	return model->n_live++;
}

/* What its words say of a lock's owner. That of a shared one may be anywhere; the kernel says of a lock on a file
 * which process has it, but not which thread. */
static void add_hold(struct facts *facts, const struct wanted *wanted, uint32_t object)
{
	uint32_t owner = task_of(facts, wanted->lock.owner), n_tasks = facts->target->n_tasks;
	bool is_elsewhere = owner == n_tasks && wanted->is_shared && !wanted->outside.is_owner_gone;

	if (!wanted->lock.owner || is_elsewhere || (wanted->outside.is_file_lock && n_tasks > 1))
		return;
	if (owner == facts->target->n_tasks)
		owner = add_ended(facts, wanted->lock.owner);
	facts->holds[facts->n_holds++] = (struct hold){owner, object, MODE_WRITE};
}

static void number_objects(struct facts *facts, uint32_t *object_of)
{
	uint32_t n = 0;
	struct model *model = facts->model;
	const struct wanted **order = zeroed_array(facts->target->n_tasks, sizeof(*order)), *last = NULL;

	for (uint32_t i = 0; i < facts->target->n_tasks; i++)
		if (facts->wanted[i].is_waiting && facts->wanted[i].lock.kind != OBJECT_THREAD)
			order[n++] = &facts->wanted[i];
	qsort(order, n, sizeof(*order), compare_locks);
	for (uint32_t i = 0; i < n; i++) {
		const struct lock *lock = &order[i]->lock;

		if (!last || compare_locks(&last, &order[i])) {
			model->objects[model->n_objects] = (struct object){.id = model->n_objects,
									   .kind = lock->kind,
									   .address = lock->address,
									   .flags = lock->flags,
									   .file = order[i]->outside.file};
			add_hold(facts, order[i], model->n_objects);
			model->n_objects++;
		}
		last = order[i];
		object_of[order[i] - facts->wanted] = model->n_objects - 1;
	}
	free(order);
}

static int compare_holds(const void *a, const void *b)
{
	const struct hold *x = a, *y = b;

	if (x->live != y->live)
		return x->live < y->live ? -1 : 1;
	return (x->object > y->object) - (x->object < y->object);
}

static void write_holds(struct facts *facts)
{
	struct model *model = facts->model;
	struct held *held = pool_new_array(model->memory, struct held, facts->n_holds);
	uint64_t *addresses = pool_new_array(model->memory, uint64_t, facts->n_holds);

	qsort(facts->holds, facts->n_holds, sizeof(*facts->holds), compare_holds);
	for (uint32_t i = 0; i < facts->n_holds; i++) {
		struct live_thread *live = &model->live[facts->holds[i].live];

		held[i] = (struct held){.object = facts->holds[i].object, .mode = facts->holds[i].mode};
		addresses[i] = model->objects[facts->holds[i].object].address;
		if (!live->wait.n_held) {
			live->wait.held = &held[i];
			live->held_addresses = &addresses[i];
		}
		live->wait.n_held++;
	}
}

static const char *remark_of(struct pool *pool, const struct wanted *wanted)
{
	const struct lock *lock = &wanted->lock;

	if (lock->n_needed)
		return pool_printf(pool, "%" PRIu32 " of %" PRIu32 " threads have come", lock->n_come, lock->n_needed);
	if (lock->n_readers)
		return pool_printf(pool, "which %" PRIu32 " reader%s", lock->n_readers,
				   lock->n_readers == 1 ? " has" : "s have");
	if (wanted->outside.owner_name)
		return pool_printf(pool, "which %s has", wanted->outside.owner_name);
	return NULL;
}

static void write_wait(struct facts *facts, uint32_t task, uint32_t object)
{
	const struct wanted *wanted = &facts->wanted[task];
	struct live_thread *live = &facts->model->live[task];

	live->is_waiting = true;
	live->want_address = wanted->lock.kind == OBJECT_THREAD ? task_of(facts, (uint32_t)wanted->lock.address) + 1
								: wanted->lock.address;
	live->wait.object = object;
	live->wait.kind = wanted->lock.kind;
	live->wait.mode = wanted->lock.mode;
	live->wait.flags =
		(wanted->is_timed ? DEP_TIMED : 0) | (wanted->lock.is_behind_writers ? DEP_BEHIND_WRITERS : 0);
	live->remark = remark_of(facts->model->memory, wanted);
	if (task_of(facts, wanted->lock.owner) == facts->target->n_tasks && !wanted->outside.is_owner_gone)
		live->far_owner = wanted->lock.owner;
}

/* Who can end it: time and the rest of the world, or nobody but threads that are known? */
static void write_activity(struct facts *facts, uint32_t i)
{
	const struct task *task = &facts->target->tasks[i];
	const struct wanted *wanted = &facts->wanted[i];
	struct live_thread *live = &facts->model->live[i];
	bool is_inside = wanted->is_waiting && !wanted->is_shared;

	live->activity = task->is_asleep ? ACTIVITY_SLEEPS : ACTIVITY_RUNS;
	if (task->state != 'S' || !task->is_asleep || wanted->is_timed || (!is_inside && !wanted->outside.is_complete))
		return;
	live->activity = ACTIVITY_WAITS;
	live->helpers = wanted->outside.pids;
	live->n_helpers = wanted->outside.n;
}

/* ---- threads ---------------------------------------------------------------------------------------------------- */

static const char *sleep_in_words(struct target *target, const struct task *task, const char *remark)
{
	const char *name = call_name(target, task->call), *file = NULL;

	if (!name)
		return pool_printf(target->pool, "sleeps in system call %" PRIu32, task->call);
	if (call_has_fd(target, task->call))
		file = target->describe_fd(target, task->arguments[0]);
	return pool_printf(target->pool, "sleeps in %s%s%s%s%s%s", name, file ? " (" : "", file ?: "", file ? ")" : "",
			   remark ? ", " : "", remark ?: "");
}

static const char *activity_in_words(struct target *target, const struct task *task, const char *remark)
{
	switch (task->state) {
	case 'Z':
	case 'X':
		return "has ended";
	case 'T':
		return "is stopped by a signal";
	case 't':
		return pool_printf(target->pool, "is stopped by its debugger, process %" PRIu32, task->tracer);
	case 'R':
		return "runs";
	}
	return task->is_asleep ? sleep_in_words(target, task, remark) : "sleeps in the kernel, or moves";
}

static void write_thread(struct facts *facts, uint32_t i)
{
	const struct task *task = &facts->target->tasks[i];
	struct thread *thread = &facts->model->threads[i + 1];
	struct live_thread *live = &facts->model->live[i];

	*thread = (struct thread){.index = i + 1, .tid = task->tid};
	memcpy(thread->name, task->name, sizeof(thread->name));
	*live = (struct live_thread){.slot = i, .wait.thread = i + 1};
	live->is_ended = task->state == 'Z' || task->state == 'X';
	live->doing = activity_in_words(facts->target, task, facts->wanted[i].outside.remark);
	write_activity(facts, i);
}

/* Handlers that only the process itself can call, by a fault or a write to nobody, and libc's own two, wake nobody. */
static bool has_handlers(uint64_t caught)
{
	static const int own[] = {SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGPIPE, SIGSYS, 32, 33};

	for (size_t i = 0; i < sizeof(own) / sizeof(*own); i++)
		caught &= ~(1ull << (own[i] - 1));
	return caught != 0;
}

static void write_model(struct facts *facts)
{
	const struct target *target = facts->target;
	struct model *model = facts->model;
	uint32_t *object_of = zeroed_array(target->n_tasks, sizeof(*object_of));

	/* Each thread can wait for one lock, whose owner may be unknown. */
	model->threads = pool_new_array(model->memory, struct thread, 2 * (size_t)target->n_tasks + 1);
	model->live = pool_new_array(model->memory, struct live_thread, 2 * (size_t)target->n_tasks);
	model->objects = pool_new_array(model->memory, struct object, target->n_tasks + 1);
	model->stacks = pool_new_array(model->memory, struct stack, 1);
	model->n_stacks = model->n_objects = 1;
	model->n_live = target->n_tasks;
	model->n_threads = target->n_tasks + 1;
	for (uint32_t i = 0; i < target->n_tasks; i++)
		write_thread(facts, i);
	number_objects(facts, object_of);
	write_holds(facts);
	for (uint32_t i = 0; i < target->n_tasks; i++)
		if (facts->wanted[i].is_waiting)
			write_wait(facts, i, object_of[i]);
	free(object_of);
}

static void find_waits(struct facts *facts)
{
	facts->tids = zeroed_array(facts->target->n_tasks, sizeof(*facts->tids));
	facts->words = zeroed_array(facts->target->n_tasks, sizeof(*facts->words));
	facts->wanted = zeroed_array(facts->target->n_tasks, sizeof(*facts->wanted));
	facts->holds = zeroed_array(facts->target->n_tasks, sizeof(*facts->holds));
	list_words(facts);
	for (uint32_t i = 0; i < facts->target->n_tasks; i++)
		find_wait(facts, i);
}

static void facts_free(struct facts *facts)
{
	free(facts->tids);
	free(facts->words);
	free(facts->wanted);
	free(facts->holds);
	free(facts);
}

static void describe(struct model *model, const struct target *target)
{
	model->memory = target->pool;
	model->path = pool_printf(target->pool, "%s", target->label);
	model->pid = target->pid;
	model->ppid = target->ppid;
	model->exe = target->exe;
	model->argv = target->argv;
	model->argc = target->argc;
	model->is_inspected = true;
	model->has_handlers = has_handlers(target->caught);
	modules_read(target, model);
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

struct facts *facts_begin(struct target *target)
{
	struct facts *facts = zeroed_array(1, sizeof(*facts));

	facts->target = target;
	facts->model = pool_alloc(target->pool, sizeof(*facts->model));
	describe(facts->model, target);
	find_waits(facts);
	facts->recorded = recording_read(target);
	return facts;
}

/* What the shim wrote, brought up to date. */
static struct model *bring_together(struct model *recorded, struct model *seen, const struct target *target)
{
	recording_join(recorded, seen, target);
	if (target->seen_realtime_ns)
		recorded->seen_ns =
			recorded->start_monotonic_ns + (target->seen_realtime_ns - recorded->start_realtime_ns);
	else
		recorded->seen_ns = now_ns();
	recorded->seen = seen;
	return recorded;
}

struct model *facts_end(struct facts *facts)
{
	struct model *seen = facts->model, *recorded = facts->recorded;
	struct target *target = facts->target;

	target->settle(target);
	for (uint32_t i = 0; i < target->n_tasks; i++)
		facts->wanted[i].is_waiting &= target->tasks[i].is_asleep;
	write_model(facts);
	seen->remark = holdup_tell(target, seen);
	facts_free(facts);
	return recorded ? bring_together(recorded, seen, target) : seen;
}

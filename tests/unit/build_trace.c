/* SPDX-License-Identifier: MIT */
/* A trace file in memory that grows by chunks. */
#include "build_trace.h"

#include <assert.h>
#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NO_CHUNK = UINT32_MAX, START_NS = 1000000000, LOCK_SIZE = 64 };

static const uint64_t first_lock = 0x10000000, first_pc = 0x400000;

struct trace_header *trace_header(struct trace *trace)
{
	return (void *)trace->bytes;
}

static struct chunk_header *chunk_at(struct trace *trace, uint32_t chunk)
{
	return (void *)(trace->bytes + TRACE_HEADER_SIZE + (size_t)chunk * TRACE_CHUNK_SIZE);
}

static uint32_t new_chunk(struct trace *trace, enum chunk_kind kind)
{
	uint32_t chunk = trace_header(trace)->n_chunks;

	trace->bytes = realloc(trace->bytes, trace->size + TRACE_CHUNK_SIZE);
	assert(trace->bytes);
	memset(trace->bytes + trace->size, 0, TRACE_CHUNK_SIZE);
	trace->size += TRACE_CHUNK_SIZE;
	trace_header(trace)->n_chunks++;
	chunk_at(trace, chunk)->kind = kind;
	return chunk;
}

struct trace *trace_new(uint32_t pid)
{
	struct trace *trace = calloc(1, sizeof(*trace));

	assert(trace);
	trace->bytes = calloc(1, TRACE_HEADER_SIZE);
	assert(trace->bytes);
	trace->size = TRACE_HEADER_SIZE;
	trace->chunk = trace->full_chunk = NO_CHUNK;
	*trace_header(trace) = (struct trace_header){
		.magic = {'S', 'N', 'A', 'G', '-', 'T', 'R', 'C'},
		.version = TRACE_VERSION,
		.byte_order = 0x01020304,
		.header_size = TRACE_HEADER_SIZE,
		.chunk_size = TRACE_CHUNK_SIZE,
		.slot_size = TRACE_SLOT_SIZE,
		.machine = EM_X86_64,
		.pid = pid,
		.start_realtime_ns = START_NS,
		.start_monotonic_ns = START_NS,
	};
	trace_thread(trace, 0, 0);
	return trace;
}

void trace_free(struct trace *trace)
{
	free(trace->bytes);
	free(trace);
}

int trace_write(const struct trace *trace, int fd)
{
	size_t done = 0;

	while (done < trace->size) {
		ssize_t n = write(fd, trace->bytes + done, trace->size - done);

		if (n < 0)
			return -1;
		done += (size_t)n;
	}
	return 0;
}

/* ---- records ---------------------------------------------------------------------------------------------------- */

static struct full_record *append_full(struct trace *trace, struct full_record operation)
{
	struct chunk_header *chunk = chunk_at(trace, trace->full_chunk);
	struct full_record *at = (void *)((unsigned char *)(chunk + 1) + chunk->committed);

	memcpy(at, &operation, full_record_size(operation.form));
	chunk->committed += full_record_size(operation.form);
	return at;
}

struct full_record *trace_operation(struct trace *trace, uint32_t thread, struct full_record operation)
{
	const uint32_t most = TRACE_CHUNK_SIZE - sizeof(struct chunk_header) - 2 * sizeof(operation);

	assert(thread < TRACE_MOST_WRITERS);
	if (trace->full_chunk == NO_CHUNK || chunk_at(trace, trace->full_chunk)->committed > most) {
		trace->full_chunk = new_chunk(trace, CHUNK_FULL);
		trace->full_thread = 0;
	}
	trace_header(trace)->mode = TRACE_FULL;
	if (trace->full_thread != thread)
		append_full(trace, (struct full_record){
					   .op = FULL_OWNER, .object = thread, .stack = trace->n_pieces[thread]++});
	trace->full_thread = thread;
	return append_full(trace, operation);
}

void trace_contention(struct trace *trace, struct trace_contention cell)
{
	struct chunk_header *chunk = chunk_at(trace, new_chunk(trace, CHUNK_CONTENTION));

	memcpy(chunk + 1, &cell, sizeof(cell));
	chunk->committed = sizeof(cell);
}

/* Appends a record with a tail and returns it. */
static void *append(struct trace *trace, enum record_type type, uint32_t thread, const void *fixed, size_t fixed_size,
		    const void *tail, size_t tail_size)
{
	size_t size = (fixed_size + tail_size + 7) / 8 * 8;
	struct chunk_header *chunk;
	struct record_header *record;

	if (trace->chunk == NO_CHUNK ||
	    chunk_at(trace, trace->chunk)->committed + size > TRACE_CHUNK_SIZE - sizeof(*chunk))
		trace->chunk = new_chunk(trace, CHUNK_RECORDS);
	chunk = chunk_at(trace, trace->chunk);
	assert(chunk->committed + size <= TRACE_CHUNK_SIZE - sizeof(*chunk));
	record = (void *)((unsigned char *)(chunk + 1) + chunk->committed);
	memcpy(record, fixed, fixed_size);
	if (tail_size)
		memcpy((unsigned char *)record + fixed_size, tail, tail_size);
	record->type = type;
	record->units = (uint16_t)(size / 8);
	record->thread = thread;
	chunk->committed += (uint32_t)size;
	return record;
}

void trace_process(struct trace *trace, const char *exe, uint32_t argc, const char *const *argv)
{
	struct record_process process = {.argc = argc};
	char text[4096], *end = stpcpy(text, exe) + 1;

	for (uint32_t i = 0; i < argc; i++)
		end = stpcpy(end, argv[i]) + 1;
	process.text_size = (uint32_t)(end - text);
	append(trace, RECORD_PROCESS, 0, &process, sizeof(process), text, process.text_size);
}

uint32_t trace_module(struct trace *trace, const char *path, uint64_t start, uint64_t end)
{
	struct record_module module = {
		.id = ++trace->n_modules,
		.bias = start,
		.start = start,
		.end = end,
		.build_id_size = 4,
		.path_size = (uint32_t)strlen(path) + 1,
	};
	char tail[256] = {'B', 'I', 'L', 'D'};

	strcpy(tail + 4, path);
	append(trace, RECORD_MODULE, 0, &module, sizeof(module), tail, 4 + module.path_size);
	return module.id;
}

uint32_t trace_stack(struct trace *trace, uint32_t n, const uint64_t *pcs)
{
	struct record_stack stack = {.id = ++trace->n_stacks, .n = n};

	append(trace, RECORD_STACK, 0, &stack, sizeof(stack), pcs, n * sizeof(*pcs));
	return stack.id;
}

uint32_t trace_site(struct trace *trace, uint32_t number)
{
	/* Stacks up to here were all made by this function, or none was. */
	while (trace->n_stacks < number) {
		uint64_t pc = first_pc + trace->n_stacks + 1;

		trace_stack(trace, 1, &pc);
	}
	return number;
}

uint32_t trace_object(struct trace *trace, enum object_kind kind, uint64_t address, uint32_t flags)
{
	struct record_object object = {.id = ++trace->n_objects, .kind = kind, .address = address, .flags = flags};

	append(trace, RECORD_OBJECT, 0, &object, sizeof(object), NULL, 0);
	return object.id;
}

void trace_object_end(struct trace *trace, uint32_t object)
{
	struct record_object_end end = {.id = object};

	append(trace, RECORD_OBJECT_END, MAIN_THREAD, &end, sizeof(end), NULL, 0);
}

void trace_file(struct trace *trace, uint32_t object, const char *path, uint64_t offset)
{
	struct record_file file = {.object = object, .device = 1, .inode = 7, .offset = offset};

	file.path_size = (uint32_t)strlen(path) + 1;
	append(trace, RECORD_FILE, 0, &file, sizeof(file), path, file.path_size);
}

void trace_lock_name(struct trace *trace, uint32_t object, const char *name)
{
	struct record_lock_name fact = {.address = trace_address(object), .name_size = (uint32_t)strlen(name) + 1};

	append(trace, RECORD_LOCK_NAME, MAIN_THREAD, &fact, sizeof(fact), name, fact.name_size);
}

void trace_lock_order(struct trace *trace, uint32_t first, uint32_t second)
{
	struct record_lock_order fact = {.first = trace_address(first), .second = trace_address(second)};

	append(trace, RECORD_LOCK_ORDER, MAIN_THREAD, &fact, sizeof(fact), NULL, 0);
}

void trace_fork(struct trace *trace, const struct trace_header *parent, uint32_t thread, uint32_t segment)
{
	struct record_fork fork = {
		.parent_pid = parent->pid,
		.parent_thread = thread,
		.parent_segment = segment,
		.parent_start_ns = parent->start_monotonic_ns,
	};

	append(trace, RECORD_FORK, 0, &fork, sizeof(fork), NULL, 0);
}

void trace_signals(struct trace *trace, struct record_signals signals)
{
	append(trace, RECORD_SIGNALS, MAIN_THREAD, &signals, sizeof(signals), NULL, 0);
}

uint64_t trace_address(uint32_t object)
{
	return first_lock + (uint64_t)object * LOCK_SIZE;
}

uint32_t trace_mutex(struct trace *trace)
{
	return trace_object(trace, OBJECT_MUTEX, trace_address(trace->n_objects + 1), 0);
}

uint32_t trace_mutex_first_used(struct trace *trace, uint32_t stack)
{
	struct record_object object = {.id = ++trace->n_objects, .kind = OBJECT_MUTEX, .first_stack = stack};

	object.address = trace_address(object.id);
	append(trace, RECORD_OBJECT, 0, &object, sizeof(object), NULL, 0);
	return object.id;
}

uint32_t trace_rwlock(struct trace *trace)
{
	return trace_object(trace, OBJECT_RWLOCK, trace_address(trace->n_objects + 1), 0);
}

uint32_t trace_end_of(struct trace *trace, uint32_t thread)
{
	return trace_object(trace, OBJECT_THREAD, thread, 0);
}

uint32_t trace_thread(struct trace *trace, uint32_t parent, uint32_t parent_segment)
{
	struct record_thread thread = {.parent = parent, .parent_segment = parent_segment};
	uint32_t index = ++trace->n_threads;

	thread.tid = trace_header(trace)->pid + index - 1;
	append(trace, RECORD_THREAD, index, &thread, sizeof(thread), NULL, 0);
	trace_header(trace)->n_threads = index;
	return index;
}

void trace_thread_name(struct trace *trace, uint32_t thread, const char *name)
{
	struct record_thread_name record = {.name = ""};

	strncpy(record.name, name, sizeof(record.name) - 1);
	append(trace, RECORD_THREAD_NAME, thread, &record, sizeof(record), NULL, 0);
}

void trace_thread_end(struct trace *trace, uint32_t thread, uint32_t segment)
{
	struct record_thread_end end = {.segment = segment};

	append(trace, RECORD_THREAD_END, thread, &end, sizeof(end), NULL, 0);
}

void trace_edge(struct trace *trace, enum edge_kind kind, uint32_t from, uint32_t from_segment, uint32_t to,
		uint32_t to_segment)
{
	struct record_edge edge = {
		.kind = kind,
		.from_thread = from,
		.from_segment = from_segment,
		.to_thread = to,
		.to_segment = to_segment,
	};

	append(trace, RECORD_EDGE, to, &edge, sizeof(edge), NULL, 0);
}

void trace_woken(struct trace *trace, uint32_t futex, uint32_t from, uint32_t from_segment, uint32_t to,
		 uint32_t to_segment)
{
	struct record_edge edge = {
		.kind = EDGE_WOKEN,
		.from_thread = from,
		.from_segment = from_segment,
		.to_thread = to,
		.to_segment = to_segment,
		.object = futex,
	};

	append(trace, RECORD_EDGE, to, &edge, sizeof(edge), NULL, 0);
}

void trace_barrier(struct trace *trace, uint32_t object, uint32_t round, uint32_t thread, uint32_t from_segment)
{
	struct record_edge edge = {
		.kind = EDGE_BARRIER,
		.from_thread = thread,
		.from_segment = from_segment,
		.to_thread = thread,
		.to_segment = from_segment + 1,
		.object = object,
		.round = round,
	};

	append(trace, RECORD_EDGE, thread, &edge, sizeof(edge), NULL, 0);
}

void trace_steer(struct trace *trace, enum steer_act act, uint32_t thread, uint32_t part, uint32_t object)
{
	struct record_steer steer = {.act = act, .part = part, .object = object};

	append(trace, RECORD_STEER, thread, &steer, sizeof(steer), NULL, 0);
}

void trace_event(struct trace *trace, enum event_kind kind, uint32_t thread, uint32_t object, uint32_t other)
{
	struct record_event event = {.kind = kind, .object = object, .other = other};

	append(trace, RECORD_EVENT, thread, &event, sizeof(event), NULL, 0);
}

void trace_dep(struct trace *trace, const struct trace_want *want)
{
	struct record_dep dep = {
		.object = want->object,
		.stack = want->stack,
		.segment = want->segment,
		.op = want->op,
		.mode = want->mode,
		.flags = want->flags,
		.n_held = want->n_held,
		.aux = want->aux,
	};

	append(trace, RECORD_DEP, want->thread, &dep, sizeof(dep), want->held, want->n_held * sizeof(*want->held));
}

void trace_stuck(struct trace *trace, const struct trace_want *wants, uint32_t n)
{
	trace->n_deadlocks++;
	for (uint32_t i = 0; i < n; i++) {
		struct record_stuck stuck = {
			.deadlock = trace->n_deadlocks,
			.position = i,
			.of = n,
			.object = wants[i].object,
			.stack = wants[i].stack,
			.kind = wants[i].kind,
			.mode = wants[i].mode,
			.flags = wants[i].flags,
			.since_ns = wants[i].since_ns,
			.n_held = wants[i].n_held,
		};

		append(trace, RECORD_STUCK, wants[i].thread, &stuck, sizeof(stuck), wants[i].held,
		       wants[i].n_held * sizeof(*wants[i].held));
	}
	trace_header(trace)->n_deadlocks = trace->n_deadlocks;
}

/* ---- the live table --------------------------------------------------------------------------------------------- */

struct live_slot *trace_slot(struct trace *trace, uint32_t thread, enum slot_state state, uint32_t n_held,
			     const struct live_hold *held)
{
	struct trace_header *header = trace_header(trace);
	uint32_t in_chunk = trace->n_slots++ % TRACE_SLOTS_PER_CHUNK, chunk;
	struct live_slot *slot;

	assert(n_held <= TRACE_INLINE_HOLDS);
	if (in_chunk == 0) {
		chunk = new_chunk(trace, CHUNK_LIVE);
		header = trace_header(trace);
		header->live_chunk[header->n_live_chunks++] = chunk;
	}
	chunk = header->live_chunk[header->n_live_chunks - 1];
	slot = (void *)((unsigned char *)chunk_at(trace, chunk) + (in_chunk + 1) * TRACE_SLOT_SIZE);
	slot->state = state;
	slot->thread = thread;
	slot->tid = header->pid + thread - 1;
	slot->n_holds = n_held;
	slot->holds_capacity = TRACE_INLINE_HOLDS;
	slot->holds_offset = (uint64_t)((unsigned char *)slot->inline_holds - trace->bytes);
	if (n_held)
		memcpy(slot->inline_holds, held, n_held * sizeof(*held));
	return slot;
}

void trace_slot_waits(struct live_slot *slot, enum object_kind kind, uint64_t address, enum object_mode mode,
		      uint32_t flags)
{
	slot->want_kind = kind;
	slot->want_address = address;
	slot->want_mode = mode;
	slot->want_flags = flags;
	slot->want_since_ns = START_NS;
	slot->epoch = 1;
}

/* SPDX-License-Identifier: MIT */
/* Writes a small trace file by the structs of trace_format.h, for read_test.py to read without them. */
#include "libtrace/trace_format.h"

#include <stdio.h>
#include <string.h>

enum { LIVE = 0, RECORDS = 1, HOLDS = 2, N_CHUNKS = 3 };

static union {
	unsigned char bytes[TRACE_HEADER_SIZE + N_CHUNKS * TRACE_CHUNK_SIZE];
	struct trace_header header;
} file;

static void *chunk_begin(unsigned n, enum chunk_kind kind)
{
	struct chunk_header *chunk = (void *)(file.bytes + TRACE_HEADER_SIZE + n * TRACE_CHUNK_SIZE);

	chunk->kind = kind;
	return chunk;
}

static void write_header(void)
{
	file.header = (struct trace_header){
		.version = TRACE_VERSION,
		.byte_order = 0x01020304,
		.header_size = TRACE_HEADER_SIZE,
		.chunk_size = TRACE_CHUNK_SIZE,
		.slot_size = TRACE_SLOT_SIZE,
		.pid = 4711,
		.start_realtime_ns = 1000000000000,
		.start_monotonic_ns = 5000,
		.n_chunks = N_CHUNKS | TRACE_CLOSED,
		.n_live_chunks = 1,
		.live_chunk = {LIVE},
	};
	memcpy(file.header.magic, TRACE_MAGIC, sizeof(file.header.magic));
}

/* Thread 1 waits and holds one lock inside its slot, thread 2 has ended with two locks elsewhere; a free slot between. */
static void write_slots(void)
{
	struct live_slot *slots = chunk_begin(LIVE, CHUNK_LIVE);
	struct chunk_header *chunk = chunk_begin(HOLDS, CHUNK_HOLDS);
	struct live_hold *holds = (void *)(chunk + 1);

	slots[1] = (struct live_slot){
		.state = SLOT_ALIVE,
		.thread = 1,
		.tid = 101,
		.epoch = 7,
		.want_address = 0xb000,
		.want_kind = OBJECT_RWLOCK,
		.want_mode = MODE_READ,
		.want_flags = DEP_TIMED,
		.want_stack = 3,
		.want_since_ns = 6000,
		.n_holds = 1,
		.holds_capacity = TRACE_INLINE_HOLDS,
		.holds_offset = (uint64_t)((unsigned char *)slots[1].inline_holds - file.bytes),
		.name = "worker",
		.start_routine = 0x1234,
		.create_stack = 4,
		.inline_holds = {{.address = 0xa000, .stack = 5, .kind = OBJECT_MUTEX, .mode = MODE_WRITE}},
	};
	slots[3] = (struct live_slot){
		.state = SLOT_ENDED,
		.thread = 2,
		.tid = 102,
		.epoch = 8,
		.n_holds = 2,
		.holds_capacity = 64,
		.holds_offset = (uint64_t)((unsigned char *)holds - file.bytes),
	};
	holds[0] = (struct live_hold){.address = 0xb000, .stack = 6, .kind = OBJECT_RWLOCK, .mode = MODE_READ};
	holds[1] = (struct live_hold){.address = 0xc000, .stack = 7, .kind = OBJECT_SPIN, .mode = MODE_WRITE};
}

/* Appends a record of `size` bytes at *at. */
static void append(unsigned char **at, enum record_type type, void *record, size_t size)
{
	struct record_header *h = record;

	h->type = type;
	h->units = (uint16_t)((size + 7) / 8);
	memcpy(*at, record, size);
	*at += h->units * 8;
}

static void write_records(void)
{
	struct chunk_header *chunk = chunk_begin(RECORDS, CHUNK_RECORDS);
	unsigned char *at = (unsigned char *)(chunk + 1);
	struct {
		struct record_module fixed;
		char text[24];
	} module = {
		{.id = 1,
		 .epoch = 2,
		 .bias = 0x10000,
		 .start = 0x10000,
		 .end = 0x20000,
		 .build_id_size = 4,
		 .path_size = 11},
		"\1\2\3\4/lib/one.so",
	};
	struct record_module_gone gone = {.id = 1, .epoch = 9};
	struct {
		struct record_stack fixed;
		uint64_t pc[2];
	} stack = {{.id = 3, .epoch = 5, .n = 2, .is_cut = 1}, {0x10010, 0x10020}};
	struct record_object older = {
		.id = 1, .kind = OBJECT_MUTEX, .generation = 1, .address = 0xa000, .create_stack = 3};
	struct record_object newer = {
		.id = 2, .kind = OBJECT_MUTEX, .generation = 2, .address = 0xa000, .first_stack = 4};
	struct {
		struct record_file fixed;
		char path[16];
	} place = {{.object = 2, .path_size = 10, .offset = 16, .size = 4}, "/run/lock"};

	append(&at, RECORD_MODULE, &module, sizeof(module));
	append(&at, RECORD_STACK, &stack, sizeof(stack));
	append(&at, RECORD_MODULE_GONE, &gone, sizeof(gone));
	append(&at, RECORD_OBJECT, &older, sizeof(older));
	append(&at, RECORD_OBJECT, &newer, sizeof(newer));
	append(&at, RECORD_FILE, &place, sizeof(place));
	chunk->committed = (uint32_t)(at - (unsigned char *)(chunk + 1));
}

int main(void)
{
	write_header();
	write_slots();
	write_records();
	return fwrite(file.bytes, sizeof(file.bytes), 1, stdout) != 1;
}

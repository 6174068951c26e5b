/* SPDX-License-Identifier: MIT */
/* Damaged traces: whatever bytes it is given, the reader answers, keeps its promises about the model, and says what is
 * wrong.
 */
#undef NDEBUG
#include "court.h"
#include "sound.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* ---- everywhere -------------------------------------------------------------------------------------------------- */

enum answer { REFUSED, DAMAGED, WHOLE };

/* Reads and judges the file behind fd, whatever it is. */
static enum answer try_file(int fd)
{
	enum answer answer;
	struct model *model = NULL;
	struct session session = {.models = &model, .n_models = 1};
	char path[64], *why = NULL;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (model_read(path, &model, &why)) {
		assert(why && !model);
		free(why);
		return REFUSED;
	}
	answer = model->damage ? DAMAGED : WHOLE;
	expect_sound(model);
	verdict_free(judge(&session));
	model_free(model);
	return answer;
}

/* The next place to try: every byte of what is used, and now and then one of what is not. */
static size_t next_place(const struct trace *trace, size_t at)
{
	size_t step = 1;

	while (at + step < trace->size && step < 509 && !trace->bytes[at + step])
		step++;
	return at + step;
}

static void test_cut_everywhere(void)
{
	struct trace *trace = court_full_trace();
	int fd = memfd_create("cut", MFD_CLOEXEC);
	size_t whole = trace->size;

	for (size_t size = 0; size < whole; size = next_place(trace, size)) {
		assert(ftruncate(fd, 0) == 0 && lseek(fd, 0, SEEK_SET) == 0);
		trace->size = size;
		assert(trace_write(trace, fd) == 0);
		trace->size = whole;
		assert(try_file(fd) == (size < sizeof(struct trace_header) ? REFUSED : DAMAGED));
	}
	close(fd);
	trace_free(trace);
}

static void test_every_byte_damaged(void)
{
	static const unsigned char changes[] = {0x01, 0x80, 0xff};
	struct trace *trace = court_full_trace();
	int fd = memfd_create("damaged", MFD_CLOEXEC);

	assert(trace_write(trace, fd) == 0);
	for (size_t at = 0; at < trace->size; at = next_place(trace, at)) {
		for (size_t i = 0; i < sizeof(changes); i++) {
			unsigned char byte = trace->bytes[at] ^ changes[i];

			assert(pwrite(fd, &byte, 1, (off_t)at) == 1);
			try_file(fd);
		}
		assert(pwrite(fd, &trace->bytes[at], 1, (off_t)at) == 1);
	}
	assert(try_file(fd) == WHOLE);
	close(fd);
	trace_free(trace);
}

/* ---- here and there --------------------------------------------------------------------------------------------- */

/* A header that promises more chunks than there are. */
static void test_chunks_missing(void)
{
	struct trace *trace = court_full_trace();
	struct model *model;

	trace_header(trace)->n_chunks = 0x7fffffff;
	model = court_read(trace);
	assert(strstr(model->damage, "the file ends") && model->n_deps == 2 && model->n_live == 2);
	model_free(model);
	trace_free(trace);
}

static struct chunk_header *first_chunk(struct trace *trace)
{
	return (void *)(trace->bytes + TRACE_HEADER_SIZE);
}

/* The n-th record of a type in the first chunk. */
static void *find_record(struct trace *trace, enum record_type type, uint32_t n)
{
	struct record_header *record = (void *)(first_chunk(trace) + 1);

	while (record->type != type || n--)
		record = (void *)((unsigned char *)record + record->units * 8u);
	return record;
}

/* Reads a trace that has exactly one record that makes no sense. */
static struct model *read_with_one_bad(struct trace *trace)
{
	struct model *model = court_read(trace);

	assert(model->bad_records == 1 && model->damage);
	expect_sound(model);
	trace_free(trace);
	return model;
}

/* A chunk that says that it holds four gigabytes. */
static void test_chunk_too_full(void)
{
	struct trace *trace = court_full_trace();
	struct model *model;

	first_chunk(trace)->committed = UINT32_MAX;
	model = court_read(trace);
	assert(strstr(model->damage, "more than fits") && model->n_deps == 2);
	model_free(model);
	trace_free(trace);
}

/* Every type of record, cut to where its fixed part ends, less eight bytes. */
static void test_short_record(void)
{
	static const uint16_t fixed_size[] = {
		[RECORD_EDGE] = sizeof(struct record_edge),
		[RECORD_EVENT] = sizeof(struct record_event),
		[RECORD_FORK] = sizeof(struct record_fork),
		[RECORD_LOCK_NAME] = sizeof(struct record_lock_name),
		[RECORD_LOCK_ORDER] = sizeof(struct record_lock_order),
		[RECORD_STEER] = sizeof(struct record_steer),
		[RECORD_OBJECT_END] = sizeof(struct record_object_end),
		[RECORD_SIGNALS] = sizeof(struct record_signals),
		[RECORD_THREAD_END] = sizeof(struct record_thread_end),
		[RECORD_THREAD_NAME] = sizeof(struct record_thread_name),
	};

	for (uint32_t type = 0; type < sizeof(fixed_size) / sizeof(fixed_size[0]); type++) {
		struct trace *trace = court_full_trace();
		struct record_header *record;
		unsigned char *filler;

		if (fixed_size[type]) {
			record = find_record(trace, type, 0);
			record->units--;
			filler = (unsigned char *)record + record->units * 8u;
			*(struct record_header *)filler = (struct record_header){.type = 999, .units = 1};
			model_free(read_with_one_bad(trace));
		} else {
			trace_free(trace);
		}
	}
}

/* The last record says that it goes on behind its chunk. */
static void test_long_record(void)
{
	struct trace *trace = court_full_trace();
	struct record_header *last = find_record(trace, RECORD_OBJECT_END, 0);
	struct model *model;

	last->units = 60000;
	model = read_with_one_bad(trace);
	assert(!model->objects[2].is_ended);
	model_free(model);
}

/* An id that would need an array larger than memory. */
static void test_huge_id(void)
{
	struct trace *trace = court_full_trace();
	struct record_stack *stack = find_record(trace, RECORD_STACK, 0);
	struct model *model;

	stack->id = 0xfffffff0;
	model = read_with_one_bad(trace);
	assert(model->n_stacks < 100000);
	model_free(model);
	trace = court_full_trace();
	((struct record_module *)find_record(trace, RECORD_MODULE, 0))->id = 0xfffffff0;
	model = read_with_one_bad(trace);
	assert(model->n_modules == 0);
	model_free(model);
}

static void test_defined_twice(void)
{
	struct trace *trace = court_full_trace();
	struct record_object *object = find_record(trace, RECORD_OBJECT, 2);
	struct model *model;

	object->id = 1;
	model = court_read(trace);
	assert(model->objects[1].kind == OBJECT_MUTEX && model->n_objects == 3);
	assert(model->bad_records == 2 && model->n_deps == 1); /* and the join of the thread that it was */
	model_free(model);
	trace_free(trace);
}

static void test_text_without_end(void)
{
	struct trace *trace = court_full_trace();
	struct record_process *process = find_record(trace, RECORD_PROCESS, 0);
	struct record_module *record;
	struct record_file *file;
	struct model *model;

	((char *)(process + 1))[process->text_size - 1] = 'x';
	model = read_with_one_bad(trace);
	assert(model->argc == 0 && strcmp(model->exe, "") == 0);
	model_free(model);
	trace = court_full_trace();
	record = find_record(trace, RECORD_MODULE, 0);
	((char *)(record + 1))[record->build_id_size + record->path_size - 1] = 'x';
	model = read_with_one_bad(trace);
	assert(model->n_modules == 0);
	model_free(model);
	trace = court_full_trace();
	file = find_record(trace, RECORD_FILE, 0);
	((char *)(file + 1))[file->path_size - 1] = 'x';
	model = read_with_one_bad(trace);
	assert(!model->objects[1].file);
	model_free(model);
}

/* Slots that all claim the whole file for their holds get no more of them than the file can have. */
static void test_holds_everywhere(void)
{
	struct trace *trace = trace_new(1);
	uint64_t n = 0, most;
	struct model *model;

	for (uint32_t i = 0; i < 100; i++) {
		struct live_slot *slot = trace_slot(trace, MAIN_THREAD, SLOT_ALIVE, 0, NULL);

		slot->holds_offset = 0;
		slot->n_holds = slot->holds_capacity = (uint32_t)(trace->size / sizeof(struct live_hold));
	}
	model = court_read(trace);
	expect_sound(model);
	most = (trace->size + 64 * TRACE_CHUNK_SIZE) / sizeof(struct live_hold);
	for (uint32_t i = 0; i < model->n_live; i++)
		n += model->live[i].wait.n_held;
	assert(model->n_live == 100 && n <= most);
	model_free(model);
	trace_free(trace);
}

int main(void)
{
	test_chunks_missing();
	test_chunk_too_full();
	test_short_record();
	test_long_record();
	test_huge_id();
	test_defined_twice();
	test_text_without_end();
	test_holds_everywhere();
	test_cut_everywhere();
	test_every_byte_damaged();
	return 0;
}

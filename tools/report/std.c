/* SPDX-License-Identifier: MIT */
/* A full recording in the STD form of RAPID (https://github.com/umangm/rapid), which research tools read:
 *
 *   T2|acq(L5)|17        thread 2 takes lock 5 at stack 17; rel(L5), fork(T3) and join(T3) likewise
 *
 * It has words for threads and for locks that one thread can hold: read locks, tokens and accesses to memory are left out.
 * A lock that is taken again is taken once.  Numbers go through all processes.
 */
#include "formats.h"
#include "sequence.h"

#include <inttypes.h>
#include <stdlib.h>

struct holding {
	uint32_t thread, depth;
};

/* What a thread did just before one of its segments began. */
struct passage {
	uint32_t thread, segment;
	const char *verb; /* "join", "fork" */
	uint32_t other, stack;
};

struct std_writer {
	const struct sequence *sequence;
	struct passage *passages; /* sorted */
	uint32_t n_passages;
	struct holding *locks; /* by object */
	uint32_t first_thread, first_lock;
	FILE *out;
};

static void write_line(const struct std_writer *writer, uint32_t thread, const char *verb, char kind, uint32_t number,
		       uint32_t stack)
{
	fprintf(writer->out, "T%" PRIu32 "|%s(%c%" PRIu32 ")|%" PRIu32 "\n", writer->first_thread + thread, verb, kind,
		number, stack);
}

static bool is_lock(enum object_kind kind)
{
	return kind == OBJECT_MUTEX || kind == OBJECT_SPIN || kind == OBJECT_RWLOCK || kind == OBJECT_STREAM;
}

static void write_acquire(struct std_writer *writer, uint32_t thread, const struct operation *operation)
{
	struct holding *lock = &writer->locks[operation->object];

	if (lock->depth++)
		return;
	lock->thread = thread;
	write_line(writer, thread, "acq", 'L', writer->first_lock + operation->object, operation->stack);
}

/* In the name of who has it: the form knows no other way. */
static void write_release(struct std_writer *writer, const struct operation *operation)
{
	struct holding *lock = &writer->locks[operation->object];

	if (lock->depth && --lock->depth == 0)
		write_line(writer, lock->thread, "rel", 'L', writer->first_lock + operation->object, operation->stack);
}

static int compare_passages(const void *a, const void *b)
{
	const struct passage *x = a, *y = b;

	if (x->thread != y->thread)
		return x->thread < y->thread ? -1 : 1;
	if (x->segment != y->segment)
		return x->segment < y->segment ? -1 : 1;
	return (x->other > y->other) - (x->other < y->other);
}

/* A segment begins behind a creation of threads, and behind a join. */
static void collect_passages(struct std_writer *writer)
{
	const struct model *model = writer->sequence->model;

	writer->passages = zeroed_array((size_t)model->n_edges + model->n_threads, sizeof(*writer->passages));
	writer->n_passages = 0;
	for (uint32_t i = 0; i < model->n_edges; i++)
		if (model->edges[i].kind == EDGE_JOIN)
			writer->passages[writer->n_passages++] =
				(struct passage){model->edges[i].to_thread, model->edges[i].to_segment, "join",
						 model->edges[i].from_thread, 0};
	for (uint32_t i = 1; i < model->n_threads; i++)
		if (model->threads[i].index && model->threads[i].parent)
			writer->passages[writer->n_passages++] =
				(struct passage){model->threads[i].parent, model->threads[i].parent_segment + 1, "fork",
						 i, model->threads[i].create_stack};
	if (writer->n_passages)
		qsort(writer->passages, writer->n_passages, sizeof(*writer->passages), compare_passages);
}

/* The first passage that is not before this segment. */
static const struct passage *find_passage(const struct std_writer *writer, uint32_t thread, uint32_t segment)
{
	struct passage probe = {.thread = thread, .segment = segment};
	uint32_t low = 0, high = writer->n_passages;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (compare_passages(&writer->passages[middle], &probe) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return &writer->passages[low];
}

static void write_segment(struct std_writer *writer, uint32_t thread, uint32_t segment)
{
	const struct passage *end = writer->passages + writer->n_passages;

	for (const struct passage *at = find_passage(writer, thread, segment);
	     at < end && at->thread == thread && at->segment == segment; at++)
		write_line(writer, thread, at->verb, 'T', writer->first_thread + at->other, at->stack);
}

static void write_operation(struct std_writer *writer, uint32_t index)
{
	const struct model *model = writer->sequence->model;
	const struct operation *operation = &model->operations[index];
	uint32_t thread = history_thread(writer->sequence->history, index);

	if (operation->op == FULL_SEGMENT)
		write_segment(writer, thread, operation->sequence);
	if (operation->mode != MODE_WRITE || !is_lock(model->objects[operation->object].kind))
		return;
	if (operation->op == FULL_ACQUIRE)
		write_acquire(writer, thread, operation);
	else if (operation->op == FULL_RELEASE)
		write_release(writer, operation);
}

int report_std(const struct report *report, bool shows_all, FILE *out, char **ret_why)
{
	struct std_writer writer = {.out = out};
	struct sequence *sequences;
	uint32_t n;

	if (sequences_need(report->session, &sequences, &n, ret_why))
		return -1;
	for (uint32_t i = 0; i < n; i++) {
		const struct model *model = sequences[i].model;

		writer.sequence = &sequences[i];
		writer.locks = zeroed_array(model->n_objects, sizeof(*writer.locks));
		collect_passages(&writer);
		for (uint32_t k = 0; k < sequences[i].n; k++)
			write_operation(&writer, sequences[i].operations[k]);
		free(writer.passages);
		free(writer.locks);
		writer.first_thread += model->n_threads;
		writer.first_lock += model->n_objects;
	}
	sequences_free(sequences, n);
	return 0;
}

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

struct std_writer {
	const struct sequence *sequence;
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

/* A segment begins behind a creation of threads, and behind a join. */
static void write_segment(struct std_writer *writer, uint32_t thread, uint32_t segment)
{
	const struct model *model = writer->sequence->model;

	for (uint32_t i = 0; i < model->n_edges; i++)
		if (model->edges[i].kind == EDGE_JOIN && model->edges[i].to_thread == thread &&
		    model->edges[i].to_segment == segment)
			write_line(writer, thread, "join", 'T', writer->first_thread + model->edges[i].from_thread, 0);
	for (uint32_t i = 1; i < model->n_threads; i++)
		if (model->threads[i].index && model->threads[i].parent == thread &&
		    model->threads[i].parent_segment + 1 == segment)
			write_line(writer, thread, "fork", 'T', writer->first_thread + i,
				   model->threads[i].create_stack);
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
		for (uint32_t k = 0; k < sequences[i].n; k++)
			write_operation(&writer, sequences[i].operations[k]);
		free(writer.locks);
		writer.first_thread += model->n_threads;
		writer.first_lock += model->n_objects;
	}
	sequences_free(sequences, n);
	return 0;
}

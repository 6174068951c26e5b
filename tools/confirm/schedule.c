/* SPDX-License-Identifier: MIT */
/* A finding -> a schedule. */
#include "schedule.h"

#include "../symbols/locate.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
	MAX_PARTS = 32, /* what the shim can follow, ... */
	MAX_SITES = 64, /* ... and tell apart */
	N_FRAMES = 3,	/* of a call stack: those by which the shim tells all places apart (struct context) */
	MOST_LASTS = 3, /* tries with another part as the last, with the same knowledge of places and locks */
	RELEASE_MS = 30,
};

/* ---- plans ------------------------------------------------------------------------------------------------------ */

/* Is there a thread that comes to its place before its turn in the predicted schedule? */
static bool has_turns(const struct finding *finding)
{
	for (uint32_t i = 0; i < finding->n_parts; i++)
		if (finding->parts[i].turn > 1)
			return true;
	return false;
}

/* At first all parts are just held back; then, when a schedule was predicted, each at its turn in that.  Then one after the
 * other is made the last: it may be that it has to come late.  In every round of this places and locks are known by less. */
struct attempt attempt_plan(const struct finding *finding, uint32_t i, uint32_t gate_ms)
{
	static const struct attempt rounds[] = {
		{.identity = IDENTITY_SURE, .n_frames = N_FRAMES},
		{.identity = IDENTITY_EXACT, .n_frames = 1},
		{.identity = IDENTITY_CLASS, .n_frames = N_FRAMES},
		{.identity = IDENTITY_ANY, .n_frames = N_FRAMES},
	};
	uint32_t n_lasts = finding->n_parts < MOST_LASTS ? finding->n_parts : MOST_LASTS, first_last = 1 + has_turns(finding);
	uint32_t n_steps = first_last + n_lasts, round = i / n_steps, step = i % n_steps;
	uint32_t n_rounds = sizeof(rounds) / sizeof(*rounds);
	struct attempt attempt = rounds[round < n_rounds ? round : n_rounds - 1];

	attempt.gate_ms = gate_ms;
	attempt.release_ms = RELEASE_MS;
	attempt.goes_by_turns = step == 1 && has_turns(finding);
	attempt.last = step < first_last ? -1 : (int)((round * n_lasts + step - first_last) % finding->n_parts);
	return attempt;
}

static bool is_steered(enum rule rule)
{
	return rule == RULE_LOCK_ORDER_CYCLE || rule == RULE_JOIN_CYCLE || rule == RULE_READ_BEHIND_WRITER ||
	       rule == RULE_NESTED_MONITOR || rule == RULE_LOST_WAKEUP || rule == RULE_POOL_STARVATION;
}

/* How many threads: of a pool, all. */
static uint32_t n_to_meet(const struct finding *finding)
{
	const struct model *model = finding->parts[0].model;
	const struct thread *worker = &model->threads[finding->parts[0].thread];
	uint32_t n = 0;

	if (finding->rule != RULE_POOL_STARVATION)
		return finding->n_parts;
	for (uint32_t i = 1; i < model->n_threads; i++)
		n += model->threads[i].create_stack == worker->create_stack &&
		     model->threads[i].start_routine == worker->start_routine;
	return n;
}

/* Are they in several processes, which share a lock?  (In several runs of one program they can be in one.) */
static bool has_processes(const struct finding *finding)
{
	for (uint32_t i = 0; i < finding->n_parts; i++) {
		const struct finding_part *part = &finding->parts[i], *next = &finding->parts[(i + 1) % finding->n_parts];

		if (part->model != next->model && part->want.object && part->want.model->objects[part->want.object].file)
			return true;
	}
	return false;
}

static bool has_changed(const struct model *model, uint32_t stack)
{
	const struct module *module = NULL;

	if (model->stacks[stack].n)
		module = model_module_at(model, model->stacks[stack].pc[0], model->stacks[stack].epoch);
	return module && is_other_file(module->path, module->build_id, module->build_id_size);
}

const char *schedule_obstacle(const struct finding *finding)
{
	if (!is_steered(finding->rule))
		return "threads are not held back for this rule";
	if (finding->class == CLASS_SINGLE_THREAD)
		return "one thread alone takes both orders";
	if (has_processes(finding))
		return "its threads are in several processes, and threads are held back in one alone";
	if (n_to_meet(finding) > MAX_PARTS)
		return "more than 32 threads would have to meet";
	for (uint32_t i = 0; i < finding->n_parts; i++) {
		const struct finding_part *part = &finding->parts[i];

		if (!part->want_stack || (part->cycle_hold >= 0 && !part->holds[part->cycle_hold].stack))
			return "it is not known where each thread takes its locks";
		if (has_changed(part->model, part->want_stack))
			return "the program has been built anew since it was recorded; record it again";
	}
	return NULL;
}

/* ---- names for places and locks --------------------------------------------------------------------------------- */

/* A text that is made once for each line of the schedule, with the line's number. */
struct lines {
	char **keys;
	uint32_t n;
};

/* The number of a line with this key (taken over); *ret_is_new: it has to be written now. */
static uint32_t line_of(struct lines *lines, char *key, bool *ret_is_new)
{
	uint32_t i = 0;

	while (i < lines->n && strcmp(lines->keys[i], key) != 0)
		i++;
	*ret_is_new = i == lines->n;
	if (*ret_is_new) {
		lines->keys = grow_array(lines->keys, i + 1, sizeof(*lines->keys));
		lines->keys[lines->n++] = key;
	} else {
		free(key);
	}
	return i;
}

static void lines_deinit(struct lines *lines)
{
	for (uint32_t i = 0; i < lines->n; i++)
		free(lines->keys[i]);
	free(lines->keys);
}

struct writer {
	FILE *out;
	const struct attempt *attempt;
	struct lines sites, locks;
};

static FILE *open_text(char **text, size_t *size)
{
	FILE *out = open_memstream(text, size);

	if (!out)
		abort();
	return out;
}

static void print_place(FILE *out, const struct module *module, uint64_t address)
{
	const char *slash = strrchr(module->path, '/');

	fprintf(out, "%" PRIx64 "@", address - module->bias);
	for (const char *c = slash ? slash + 1 : module->path; *c; c++)
		if (*c <= ' ' || *c == '%' || *c == 0x7f)
			fprintf(out, "%%%02x", (unsigned char)*c);
		else
			fputc(*c, out);
}

/* The innermost calls of a stack, up to the first that is in no file. */
static char *site_text(const struct model *model, uint32_t stack_id, uint32_t n_frames)
{
	const struct stack *stack = &model->stacks[stack_id];
	char *text;
	size_t size;
	FILE *out = open_text(&text, &size);

	for (uint32_t i = 0; i < stack->n && i < n_frames; i++) {
		const struct module *module = model_module_at(model, stack->pc[i], stack->epoch);

		if (!module)
			break;
		fputc(' ', out);
		print_place(out, module, stack->pc[i]);
	}
	fclose(out);
	return text;
}

static uint32_t write_site(struct writer *writer, const struct model *model, uint32_t stack, uint32_t n_frames)
{
	char *text = site_text(model, stack, n_frames);
	bool is_new;
	uint32_t line = line_of(&writer->sites, text, &is_new);

	if (is_new)
		fprintf(writer->out, "site%s\n", text);
	return line;
}

static uint32_t birth_of(const struct object *object)
{
	return object->create_stack ? object->create_stack : object->first_stack;
}

/* The file in which a lock is a variable, or NULL. */
static const struct module *module_of(const struct model *model, const struct object *object)
{
	return model_module_at(model, object->address, model->stacks[birth_of(object)].epoch);
}

/* Writes how a lock is known: by its variable, or by where it is made. */
static void print_lock(struct writer *writer, FILE *out, const struct model *model, uint32_t id)
{
	const struct object *object = &model->objects[id];
	const struct module *module = module_of(model, object);
	enum lock_identity identity = writer->attempt->identity;
	bool is_known = identity == IDENTITY_SURE ? object->create_stack : birth_of(object) != 0;
	uint32_t site;

	if (module && identity != IDENTITY_ANY) {
		fputs(" at ", out);
		print_place(out, module, object->address);
	} else if (!module && is_known && identity != IDENTITY_ANY) {
		site = write_site(writer, model, birth_of(object), N_FRAMES);
		fprintf(out, " made %" PRIu32 " %" PRIu32, site, identity == IDENTITY_CLASS ? 0 : object->ordinal);
	} else {
		fputs(" any", out);
	}
}

static uint32_t write_lock(struct writer *writer, const struct finding_lock *lock)
{
	char *key, *text;
	size_t size;
	bool is_new;
	uint32_t line;
	FILE *out;

	if (asprintf(&key, "%p %" PRIu32 " %" PRIx64, (void *)lock->model, lock->object, lock->address) < 0)
		abort();
	line = line_of(&writer->locks, key, &is_new);
	if (!is_new)
		return line;
	out = open_text(&text, &size);
	if (lock->object && lock->kind != OBJECT_THREAD)
		print_lock(writer, out, lock->model, lock->object);
	else
		fputs(" any", out);
	fclose(out);
	fprintf(writer->out, "lock%s\n", text);
	free(text);
	return line;
}

/* ---- parts ------------------------------------------------------------------------------------------------------ */

/* A wait that has to come behind the signal for it, or a read that has to come behind a writer who waits: does another part
 * want to write what this one wants to read? */
static bool is_behind(const struct finding *finding, const struct finding_part *part)
{
	if (finding->rule == RULE_LOST_WAKEUP)
		return part == finding->parts;
	if (part->want_mode != MODE_READ)
		return false;
	for (uint32_t i = 0; i < finding->n_parts; i++) {
		const struct finding_part *other = &finding->parts[i];

		if (other->want_mode == MODE_WRITE && other->want.model == part->want.model &&
		    other->want.object == part->want.object)
			return true;
	}
	return false;
}

/* The mutex that a condition wait takes again is waited for inside that wait: the part is there when the wait begins,
 * whatever it waits for. */
static const char *op_of(const struct finding *finding, const struct finding_part *part)
{
	if (finding->rule == RULE_LOST_WAKEUP && part != finding->parts)
		return "signal";
	return part->want_mode == MODE_TOKEN || part->want_flags & DEP_REACQUIRE ? "wait" : "acquire";
}

static uint32_t write_want(struct writer *writer, const struct finding_part *part)
{
	struct finding_lock woken = {.model = part->model, .address = part->want_stack};

	return write_lock(writer, part->want_flags & DEP_REACQUIRE ? &woken : &part->want);
}

static void write_part(struct writer *writer, const struct finding *finding, uint32_t i)
{
	const struct finding_part *part = &finding->parts[i];
	const struct finding_part *before = &finding->parts[(i + finding->n_parts - 1) % finding->n_parts];
	uint32_t n_frames = writer->attempt->n_frames, held_site;
	uint32_t site = write_site(writer, part->model, part->want_stack, n_frames);
	uint32_t lock = write_want(writer, part);
	char held[32] = "- -";

	if (part->cycle_hold >= 0) {
		const struct finding_held *hold = &part->holds[part->cycle_hold];

		held_site = write_site(writer, part->model, hold->stack, n_frames);
		snprintf(held, sizeof(held), "%" PRIu32 " %" PRIu32, held_site, write_lock(writer, &hold->lock));
	} else if (before->want.kind == OBJECT_THREAD) {
		snprintf(held, sizeof(held), "- %" PRIu32, write_lock(writer, &before->want));
	}
	fprintf(writer->out, "part %s %" PRIu32 " %" PRIu32 " %s %d %" PRIu32 "\n", op_of(finding, part), site, lock, held,
		is_behind(finding, part), writer->attempt->goes_by_turns ? part->turn : 0);
}

/* All workers are to be there before any of them brings work to its own pool: before it takes a lock to do so, for they need
 * that lock to come. */
static void write_pool(struct writer *writer, const struct finding *finding)
{
	const struct finding_part *work = &finding->parts[1];
	const struct finding_held *first = work->n_holds ? &work->holds[0] : NULL;
	uint32_t site = write_site(writer, work->model, first ? first->stack : work->want_stack, writer->attempt->n_frames);
	uint32_t lock = write_lock(writer, first ? &first->lock : &work->want);

	for (uint32_t i = 0; i < n_to_meet(finding); i++)
		fprintf(writer->out, "part %s %" PRIu32 " %" PRIu32 " - - 0 0\n", first ? "acquire" : "signal", site, lock);
}

static void write_parts(struct writer *writer, const struct finding *finding)
{
	for (uint32_t i = 0; i < finding->n_parts && finding->rule != RULE_POOL_STARVATION; i++)
		write_part(writer, finding, i);
	if (finding->rule == RULE_POOL_STARVATION)
		write_pool(writer, finding);
}

static void writer_deinit(struct writer *writer)
{
	lines_deinit(&writer->sites);
	lines_deinit(&writer->locks);
}

int schedule_write(const char *path, const struct finding *finding, const char *id, const struct attempt *attempt)
{
	struct writer writer = {.out = fopen(path, "we"), .attempt = attempt};
	int r;

	if (!writer.out)
		return -1;
	fprintf(writer.out, "snag-schedule 1\nfinding %s %s\n", id, rule_name(finding->rule));
	fprintf(writer.out, "gate %" PRIu32 "\nrelease %" PRIu32 "\n", attempt->gate_ms, attempt->release_ms);
	if (attempt->last >= 0)
		fprintf(writer.out, "last %d\n", attempt->last);
	write_parts(&writer, finding);
	writer_deinit(&writer);
	r = ferror(writer.out) ? -1 : 0;
	return fclose(writer.out) ? -1 : r;
}

uint32_t schedule_write_all(FILE *out, const struct verdict *verdict)
{
	static const struct attempt attempt = {.identity = IDENTITY_CLASS, .n_frames = N_FRAMES, .last = -1};
	struct writer writer = {.out = out, .attempt = &attempt};
	uint32_t n = 0;

	fputs("snag-schedule 1\n", out);
	for (uint32_t i = 0; i < verdict->n_findings && writer.sites.n < MAX_SITES; i++)
		if (verdict->findings[i].severity != SEVERITY_NOTE && !schedule_obstacle(&verdict->findings[i])) {
			write_parts(&writer, &verdict->findings[i]);
			n++;
		}
	writer_deinit(&writer);
	return n;
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

static int read_head(FILE *in, struct schedule_head *head)
{
	char *line = NULL;
	size_t size = 0;
	bool is_one = getline(&line, &size, in) > 0 && strcmp(line, "snag-schedule 1\n") == 0;

	while (is_one && getline(&line, &size, in) > 0) {
		sscanf(line, "finding %12[0-9a-f]", head->id);
		head->n_parts += strncmp(line, "part ", 5) == 0;
	}
	free(line);
	return is_one && head->n_parts ? 0 : -1;
}

int schedule_read_head(const char *path, struct schedule_head *ret_head, char **ret_why)
{
	FILE *in = fopen(path, "re");
	struct schedule_head head = {0};
	int r = -1;

	if (!in) {
		r = asprintf(ret_why, "%s: %s", path, strerror(errno));
		return -1;
	}
	if (read_head(in, &head) == 0) {
		*ret_head = head;
		r = 0;
	} else if (asprintf(ret_why, "%s: not a schedule", path) < 0) {
		*ret_why = NULL;
	}
	fclose(in);
	return r;
}

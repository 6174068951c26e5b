/* SPDX-License-Identifier: MIT */
/* A model and a verdict that nobody recorded, and the symbols to go with them. */
#include "stage.h"

#include "tools/symbols/symbols.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *stage_functions[8] = {NULL, "transfer", "teller", "main", "conn_new", "pool_fill", NULL, NULL};
uint32_t stage_line_shift;
uint64_t stage_bias;
const char *stage_array = "accounts";

/* ---- fake symbols: tools/symbols/symbols.h ---------------------------------------------------------------------- */

enum { MOST_FRAMES = 512 };

struct symbols {
	struct frame frames[MOST_FRAMES];
	size_t n;
};

struct symbols *symbols_new(const char *debug_path)
{
	return calloc(1, sizeof(struct symbols));
}

void symbols_free(struct symbols *symbols)
{
	free(symbols);
}

void symbols_add_module(struct symbols *symbols, const char *path, uint64_t bias, uint64_t start, uint64_t end,
			uint32_t epoch, uint32_t gone_epoch, const unsigned char *build_id, size_t build_id_size)
{
}

const struct frame *symbols_frames(struct symbols *symbols, uint64_t pc, uint32_t epoch, bool is_return, size_t *ret_n)
{
	struct frame *frame = &symbols->frames[symbols->n++];
	uint64_t offset = pc - stage_bias;
	bool is_libc = offset >> 8 >= 8;

	if (symbols->n > MOST_FRAMES)
		abort();
	frame->module = is_libc ? "libc.so.6" : "bank";
	frame->module_path = is_libc ? "/lib/libc.so.6" : "/nowhere/bank";
	frame->offset = offset;
	frame->function = is_libc ? "start_thread" : stage_functions[offset >> 8];
	frame->file = frame->function && !is_libc ? "src/bank.c" : NULL;
	frame->line = frame->file ? (uint32_t)(offset & 0xff) + stage_line_shift : 0;
	*ret_n = 1;
	return frame;
}

/* Variables lie below 0x1000: accounts[N].lock (`stage_array`) at N * 0x40, and two that are both called `lock` at 0x800 and 0x840. */
bool symbols_place(struct symbols *symbols, uint64_t address, uint32_t epoch, struct place *ret_place)
{
	uint64_t offset = address - stage_bias;
	char name[64];

	if (address < stage_bias || offset >= 0x1000)
		return false;
	snprintf(name, sizeof(name), "%s[%d].lock", stage_array, (int)(offset / 0x40));
	*ret_place = (struct place){.name = strdup(offset < 0x800 ? name : "lock"), .module = "bank", .offset = offset};
	ret_place->file = offset == 0x840 ? "src/log.c" : "src/bank.c";
	ret_place->line = offset == 0x840 ? 7 : 5;
	return true;
}

void place_deinit(struct place *place)
{
	free(place->name);
}

/* ---- the scene -------------------------------------------------------------------------------------------------- */

/* Stack 1 takes the first lock in transfer, 2 asks for the second, 3 creates a thread, 4 makes a lock on the heap. */
static uint64_t pcs[5][3];
static struct stack stacks[5];
static struct object objects[8];
static struct thread threads[4];
static struct module bank;
static struct model *models[1];
static struct finding_part parts[2];
static struct finding_held holds[2];
static struct finding_lock locks[2];

static void set_stack(uint32_t id, uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t from[] = {a, b, c};

	stacks[id] = (struct stack){.pc = pcs[id], .n = 3, .epoch = 1};
	for (int i = 0; i < 3; i++)
		pcs[id][i] = stage_bias + from[i];
}

static void set_object(uint32_t id, uint64_t offset, uint32_t create_stack)
{
	objects[id] = (struct object){.id = id,
				      .kind = OBJECT_MUTEX,
				      .address = stage_bias + offset,
				      .create_stack = create_stack,
				      .first_stack = 1};
}

static void set_model(struct model *model)
{
	static const char *argv[] = {"./bank", "--fast", NULL};

	set_stack(1, 0x129, 0x23c, 0x800);
	set_stack(2, 0x12a, 0x23c, 0x800);
	set_stack(3, 0x347, 0x347, 0x800);
	set_stack(4, 0x458, 0x55b, 0x34c);
	set_object(1, 1 * 0x40, 0);
	set_object(2, 3 * 0x40, 0);
	set_object(3, 0x10000, 4); /* on the heap, two of them */
	set_object(4, 0x10040, 4);
	set_object(5, 0x800, 0);
	set_object(6, 0x840, 0);
	set_object(7, 0x10080, 3);
	threads[1] = (struct thread){.index = 1, .tid = 100};
	threads[2] = (struct thread){.index = 2,
				     .tid = 102,
				     .parent = 1,
				     .create_stack = 3,
				     .name = "worker",
				     .start_routine = stage_bias + 0x23b};
	threads[3] = (struct thread){.index = 3,
				     .tid = 103,
				     .parent = 1,
				     .create_stack = 3,
				     .name = "bank",
				     .start_routine = stage_bias + 0x23b};
	bank = (struct module){.id = 1,
			       .epoch = 1,
			       .gone_epoch = UINT32_MAX,
			       .start = stage_bias,
			       .end = stage_bias + 0x1000,
			       .path = "/nowhere/bank"};
	*model = (struct model){.path = "100.1.snag", .pid = 100, .exe = "/nowhere/bank", .argv = argv, .argc = 2};
	model->modules = &bank;
	model->n_modules = 1;
	model->stacks = stacks;
	model->n_stacks = 5;
	model->objects = objects;
	model->n_objects = 8;
	model->threads = threads;
	model->n_threads = 4;
}

static struct finding_lock lock_of(const struct model *model, uint32_t object)
{
	return (struct finding_lock){model, object, model->objects[object].address, OBJECT_MUTEX};
}

/* Thread 2 holds accounts[1] and wants accounts[3]; thread 3 the other way round. */
static void set_finding(struct stage *stage, unsigned rotation)
{
	static char why[] = "nothing keeps the threads that take %0 and %1 apart, 100%%";
	struct finding *finding = &stage->finding;

	for (unsigned i = 0; i < 2; i++) {
		unsigned who = (i + rotation) % 2;

		locks[i] = lock_of(&stage->model, 2 - who);
		holds[i] = (struct finding_held){lock_of(&stage->model, 1 + who), MODE_WRITE, 1};
		parts[i] = (struct finding_part){.model = &stage->model,
						 .thread = 2 + who,
						 .has_want = true,
						 .want = locks[i],
						 .want_stack = 2,
						 .holds = &holds[i],
						 .n_holds = 1};
	}
	*finding = (struct finding){.rule = RULE_LOCK_ORDER_CYCLE, .class = CLASS_POSSIBLE, .why = why, .count = 2};
	finding->locks = locks;
	finding->n_locks = 2;
	finding->parts = parts;
	finding->n_parts = 2;
}

void stage_init(struct stage *stage, unsigned rotation)
{
	static char *argv[] = {(char *)"./bank", (char *)"--fast", NULL};

	*stage = (struct stage){0};
	set_model(&stage->model);
	set_finding(stage, rotation);
	models[0] = &stage->model;
	stage->session = (struct session){.models = models, .n_models = 1, .argv = argv, .argc = 2, .pid = 100};
	stage->session.has_exit = true;
	stage->session.exit_code = 3;
	stage->verdict = (struct verdict){.findings = &stage->finding, .n_findings = 1};
}

/* ---- what of tools/trace the report needs ----------------------------------------------------------------------- */

const struct module *model_module_at(const struct model *model, uint64_t pc, uint32_t epoch)
{
	return pc >= model->modules->start && pc < model->modules->end ? model->modules : NULL;
}

/* SPDX-License-Identifier: MIT */
/* Which locks of different traces are the same lock to the program.
 *
 * A lock in a variable is known by the place of the variable in its file, whatever address that was loaded at; any other by
 * the calls that made it or used it first, and by how many they had made before it.  Traces of one program only are
 * compared: a lock in a library is another lock for another program.
 */
#include "evidence.h"

#include "../trace/pool.h"

#include <stdlib.h>
#include <string.h>

static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		hash = mix(hash, ((const unsigned char *)bytes)[i]);
	return hash;
}

static uint64_t hash_path(uint64_t hash, const char *path)
{
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;

	return hash_bytes(hash, name, strlen(name));
}

static uint32_t birth_of(const struct object *object)
{
	return object->create_stack ? object->create_stack : object->first_stack;
}

static const struct module *module_of(const struct model *model, const struct object *object)
{
	return model_module_at(model, object->address, model->stacks[birth_of(object)].epoch);
}

static uint64_t identity_in_module(uint64_t program, const struct module *module, const struct object *object)
{
	uint64_t hash = hash_path(program, module->path);

	hash = hash_bytes(hash, module->build_id, module->build_id_size);
	return mix(mix(hash, object->address - module->bias), object->generation);
}

/* *births counts, by place, the locks that were made there. */
static uint64_t identity_by_birth(struct evidence *evidence, uint64_t program, uint32_t m, const struct object *object,
				  struct table *births)
{
	uint64_t hash = mix(mix(program, object->create_stack != 0), evidence_site(evidence, m, birth_of(object)));

	return mix(hash, ++*table_at(births, hash));
}

/* 0: nothing is known of it by which it could be found in another trace. */
static uint64_t identity_of(struct evidence *evidence, uint64_t program, uint32_t m, uint32_t object,
			    struct table *births)
{
	const struct model *model = evidence->session->models[m];
	const struct object *of = &model->objects[object];
	const struct module *module;

	if (!of->id || of->kind == OBJECT_THREAD || of->file || !birth_of(of))
		return 0;
	module = module_of(model, of);
	program = mix(program, of->kind);
	return module ? identity_in_module(program, module, of) : identity_by_birth(evidence, program, m, of, births);
}

/* The lock is the same as all others of this identity. */
static void merge(struct evidence *evidence, uint32_t *same_as, uint32_t lock, uint64_t identity, struct table *known)
{
	uint32_t *first = table_at(known, identity);

	if (!*first)
		*first = lock;
	same_as[lock] = *first;
	evidence->is_handed_off[*first] |= evidence->is_handed_off[lock];
}

static void merge_model(struct evidence *evidence, uint32_t m, struct table *known)
{
	const struct model *model = evidence->session->models[m];
	uint64_t program = hash_path(1, model->exe);
	struct table births = {0};

	for (uint32_t i = 0; i < model->n_objects; i++) {
		uint32_t lock = evidence->first_lock[m] + i;
		uint64_t identity = identity_of(evidence, program, m, i, &births);

		evidence->same_as[lock] = lock;
		if (identity)
			merge(evidence, evidence->same_as, lock, identity, known);
	}
	table_deinit(&births);
}

void evidence_merge_runs(struct evidence *evidence)
{
	struct table known = {0};

	evidence->same_as = zeroed_array(evidence->n_locks, sizeof(*evidence->same_as));
	for (uint32_t m = 0; m < evidence->session->n_models; m++)
		merge_model(evidence, m, &known);
	memset(evidence->end_of, 0, evidence->n_threads * sizeof(*evidence->end_of));
	table_deinit(&known);
}

/* ---- locks that processes share --------------------------------------------------------------------------------- */

/* *times counts, by place, the locks that a trace has there, one after the other.  The address of a file lock says all. */
static uint64_t identity_in_file(const struct object *object, struct table *times)
{
	uint64_t hash = mix(mix(object->kind, object->file->device), object->file->inode);

	if (object->kind == OBJECT_FILE_LOCK)
		return mix(object->kind, object->address);
	hash = mix(mix(hash, object->file->offset), object->file->size);
	return mix(hash, ++*table_at(times, hash));
}

static void share_model(struct evidence *evidence, uint32_t m, struct table *known)
{
	const struct model *model = evidence->session->models[m];
	struct table times = {0};

	for (uint32_t i = 0; i < model->n_objects; i++) {
		const struct object *object = &model->objects[i];
		uint32_t lock = evidence->first_lock[m] + i;

		evidence->shared_as[lock] = lock;
		if (!object->file)
			continue;
		merge(evidence, evidence->shared_as, lock, identity_in_file(object, &times), known);
		evidence->is_alone[lock] = object_is_of_process(object->kind, object->address);
		if (evidence->shared_as[lock] != lock)
			evidence->is_alone[lock] = evidence->is_alone[evidence->shared_as[lock]] = false;
	}
	table_deinit(&times);
}

static bool has_shared(const struct session *session)
{
	for (uint32_t m = 0; m < session->n_models; m++)
		for (uint32_t i = 0; i < session->models[m]->n_objects; i++)
			if (session->models[m]->objects[i].file)
				return true;
	return false;
}

void evidence_share(struct evidence *evidence)
{
	struct table known = {0};

	if (!has_shared(evidence->session))
		return;
	evidence->shared_as = zeroed_array(evidence->n_locks, sizeof(*evidence->shared_as));
	evidence->is_alone = zeroed_array(evidence->n_locks, sizeof(*evidence->is_alone));
	for (uint32_t m = 0; m < evidence->session->n_models; m++)
		share_model(evidence, m, &known);
	table_deinit(&known);
}

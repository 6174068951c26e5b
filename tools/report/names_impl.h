/* SPDX-License-Identifier: MIT */
/* What names.c (processes, threads, stacks) and lock_names.c share. */
#ifndef SNAG_NAMES_IMPL_H
#define SNAG_NAMES_IMPL_H

#include "names.h"

/* A lock's name alone, and in a sentence. */
struct lock_name {
	const char *name, *phrase;
};

/* Names of one model; arrays are by id, and hold NULL where nobody has asked yet. */
struct model_names {
	const struct model *model;
	struct symbols *symbols;
	struct backtrace **stacks;
	const char **threads, **threads_with_origin;
	struct lock_name **locks;
	uint32_t *ordinals;	  /* of objects; NULL until they have been counted */
	struct lock_base **bases; /* by stack: names of the locks born there, see lock_names.c */
};

struct names {
	const struct session *session;
	struct pool *pool;
	struct model_names *models;
	void *globals; /* tsearch tree of struct global_name */
	void *words;   /* tsearch tree of struct birth_words */
	void *births;  /* tsearch tree of struct birth */
	void *futexes; /* tsearch tree of struct called_futex */
};

struct model_names *names_of(struct names *names, const struct model *model);

#endif

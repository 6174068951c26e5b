/* SPDX-License-Identifier: MIT */
/* A finding as a list of places.
 *
 * A place is the innermost frame of the user's own code that has a line; a library without debug information has none, so
 * then the line of whoever called it is named.
 */
#include "steps.h"

#include "source.h"
#include "words.h"

#include <stdlib.h>

static const struct frame *frame_of(struct names *names, const struct model *model, uint32_t stack)
{
	const struct backtrace *backtrace = names_stack(names, model, stack);

	for (size_t i = backtrace->site; i < backtrace->n; i++) {
		const struct frame *frame = backtrace->frames[i];

		if (frame->file && frame->line && !frame_is_runtime(frame))
			return frame;
	}
	return backtrace_site(backtrace);
}

static const char *path_of(struct names *names, const struct frame *frame)
{
	const char *path;
	char *found;

	if (!frame || !frame->file || !frame->line)
		return NULL;
	found = source_find(frame->file, frame->module_path);
	path = pool_printf(names_pool(names), "%s", found ?: frame->file);
	free(found);
	return path;
}

static struct step make_step(struct names *names, const struct finding_part *part, uint32_t stack, const char *words)
{
	struct step step = {.part = part, .words = words};

	step.frame = frame_of(names, part->model, stack);
	step.path = path_of(names, step.frame);
	return step;
}

static const char *hold_words(struct names *names, const struct finding_part *part, const struct finding_held *held)
{
	return pool_printf(names_pool(names), "%s holds %s%s, taken here",
			   names_thread(names, part->model, part->thread), names_lock_phrase(names, &held->lock),
			   mode_phrase(held->mode));
}

static const char *want_words(struct names *names, const struct finding *finding, const struct finding_part *part)
{
	return pool_printf(names_pool(names), "%s %s %s%s here", names_thread(names, part->model, part->thread),
			   finding_verb(finding, part), names_lock_phrase(names, &part->want),
			   mode_phrase(part->want_mode));
}

struct step *finding_steps(struct names *names, const struct finding *finding, uint32_t *ret_n)
{
	struct step *steps;
	uint32_t n = 0;

	for (uint32_t i = 0; i < finding->n_parts; i++)
		n += finding->parts[i].n_holds + 1;
	steps = pool_new_array(names_pool(names), struct step, n);
	n = 0;
	for (uint32_t i = 0; i < finding->n_parts; i++) {
		const struct finding_part *part = &finding->parts[i];

		for (uint32_t k = 0; k < part->n_holds; k++)
			steps[n++] =
				make_step(names, part, part->holds[k].stack, hold_words(names, part, &part->holds[k]));
		if (part->has_want)
			steps[n++] = make_step(names, part, part->want_stack, want_words(names, finding, part));
	}
	*ret_n = n;
	return steps;
}

const struct step *steps_main(const struct step *steps, uint32_t n)
{
	uint32_t i = 0;

	/* The first thread's steps end with what it wants, if it wants anything. */
	while (i + 1 < n && steps[i + 1].part == steps[0].part)
		i++;
	return n ? &steps[i] : NULL;
}

const char *finding_in_short(struct names *names, const struct finding *finding)
{
	return pool_printf(names_pool(names), "%s. %s %s", capitalised(names, finding_title(names, finding)),
			   finding_story_plain(names, finding), finding_why(names, finding));
}

/* SPDX-License-Identifier: MIT */
/* A finding in words: the sentences of its rule (rule_words.h), with the names filled in. */
#include "words.h"

#include "page.h"
#include "report.h"
#include "rule_words.h"

#include <assert.h>
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
	LISTED_LOCKS = 3, /* locks that %L names when there are many */
	TOLD_PARTS = 4,	  /* parts that a story tells when there are many */
};

static const struct rule_words *words_of(const struct finding *finding)
{
	assert(rule_words[finding->rule].title);
	return &rule_words[finding->rule];
}

const char *rule_advice(enum rule rule)
{
	return rule_words[rule].advice;
}

static bool is_stuck(const struct finding *finding)
{
	return finding->class == CLASS_OBSERVED || finding->class == CLASS_CONFIRMED;
}

const char *mode_name(enum object_mode mode)
{
	static const char *const names[MODES] = {"write", "read", "token"};

	assert(mode < MODES);
	return names[mode];
}

const char *mode_phrase(enum object_mode mode)
{
	return mode == MODE_READ ? " for reading" : "";
}

const char *capitalised(struct names *names, const char *words)
{
	char *copy = pool_printf(names_pool(names), "%s", words);

	copy[0] = (char)toupper((unsigned char)copy[0]);
	return copy;
}

/* ---- sentences -------------------------------------------------------------------------------------------------- */

static const char *part_thread(struct names *names, const struct finding *finding, uint32_t part)
{
	if (part >= finding->n_parts)
		return "a thread";
	return names_thread(names, finding->parts[part].model, finding->parts[part].thread);
}

/* "A and B", "A, B, C and 7 more": each part holds what the part before it wants. */
static const char *list_locks(struct names *names, const struct finding *finding)
{
	uint32_t n = finding->n_parts, n_listed = n <= LISTED_LOCKS + 1 ? n : LISTED_LOCKS;
	struct pool *pool = names_pool(names);
	const char *list = "";

	for (uint32_t i = 0; i < n_listed; i++) {
		const char *separator = i == 0 ? "" : i + 1 == n ? " and " : ", ";
		const struct finding_lock *lock = &finding->parts[(i + n - 1) % n].want;

		list = pool_printf(pool, "%s%s%s", list, separator, names_lock_phrase(names, lock));
	}
	if (n_listed < n)
		list = pool_printf(pool, "%s and %" PRIu32 " more", list, n - n_listed);
	return list;
}

/* What the letter or number after a percent sign stands for; *at is moved behind it. */
static const char *fill_in(struct names *names, const struct finding *finding, const char **at)
{
	char *end;
	unsigned long lock = strtoul(*at, &end, 10);

	if (isdigit((unsigned char)**at)) {
		*at = end;
		return lock < finding->n_locks ? names_lock_phrase(names, &finding->locks[lock]) : "a lock";
	}
	switch (*(*at)++) {
	case 'L':
		return list_locks(names, finding);
	case 'T':
		return part_thread(names, finding, 0);
	case 'U':
		return part_thread(names, finding, finding->n_parts - 1);
	case 'N':
		return pool_printf(names_pool(names), "%" PRIu32, finding->n_parts);
	default:
		return "%";
	}
}

static const char *sentence(struct names *names, const struct finding *finding, const char *pattern)
{
	const char *text = "";

	while (pattern && *pattern) {
		size_t n = strcspn(pattern, "%");

		text = pool_printf(names_pool(names), "%s%.*s", text, (int)n, pattern);
		pattern += n;
		if (*pattern && *++pattern)
			text = pool_printf(names_pool(names), "%s%s", text, fill_in(names, finding, &pattern));
	}
	return text;
}

const char *finding_title(struct names *names, const struct finding *finding)
{
	const struct rule_words *words = words_of(finding);
	const char *title = words->title;

	if (is_stuck(finding) && words->title_stuck)
		title = words->title_stuck;
	else if (!finding->n_locks && finding->n_parts == 1 && words->title_lockless)
		title = words->title_lockless;
	else if ((finding->n_parts > 2 || !finding->n_locks) && words->title_many)
		title = words->title_many;
	return sentence(names, finding, title);
}

const char *finding_why(struct names *names, const struct finding *finding)
{
	return sentence(names, finding, finding->why);
}

const char *finding_assumption(struct names *names, const struct finding *finding, uint32_t i)
{
	return sentence(names, finding, finding->assumptions[i]);
}

static bool are_siblings(struct names *names, const struct finding *finding)
{
	for (uint32_t i = 1; i < finding->n_parts; i++)
		if (!names_are_siblings(names, &finding->parts[0].want, &finding->parts[i].want))
			return false;
	return finding->n_parts > 1;
}

/* What the rule says of what these threads wait for, each thing once; "" when that is nothing. */
static const char *advice_about_waits(struct names *names, const struct finding *finding)
{
	const char *const *about = words_of(finding)->advice_about, *text = "";
	bool is_told[OBJECT_KINDS] = {false};

	for (uint32_t i = 0; i < finding->n_parts; i++) {
		const struct finding_part *part = &finding->parts[i];
		enum object_kind kind = part->has_want ? part->want.kind : OBJECT_NONE;

		if (about[kind] && !is_told[kind])
			text = pool_printf(names_pool(names), "%s%s%s", text, *text ? " " : "", about[kind]);
		is_told[kind] = true;
	}
	return text;
}

const char *finding_advice(struct names *names, const struct finding *finding)
{
	const struct rule_words *words = words_of(finding);
	const char *about;

	if (finding->class >= CLASS_ORDERED)
		return NULL;
	about = advice_about_waits(names, finding);
	if (*about)
		return about;
	return words->advice_siblings && are_siblings(names, finding) ? words->advice_siblings : words->advice;
}

/* ---- stories ---------------------------------------------------------------------------------------------------- */

const char *finding_verb(const struct finding *finding, const struct finding_part *part)
{
	const struct rule_words *words = words_of(finding);

	if (words->last_did && part == &finding->parts[finding->n_parts - 1])
		return words->last_did;
	return is_stuck(finding) ? words->did : words->does;
}

/* " (taken at bank.c:41)"; "" where nobody saw it, as in a process that runs without the shim. */
static const char *tell_where(struct names *names, const struct model *model, const char *verb, uint32_t stack)
{
	if (!stack && model->is_inspected)
		return "";
	return pool_printf(names_pool(names), " (%s%s)", verb, names_where(names, model, stack));
}

static const char *tell_hold(struct names *names, const struct finding *finding, const struct finding_part *part)
{
	const struct finding_held *held = part->cycle_hold >= 0 ? &part->holds[part->cycle_hold] : NULL;

	if (!held)
		return "";
	assert((uint32_t)part->cycle_hold < part->n_holds);
	return pool_printf(names_pool(names), " %s " LOCK("%s") "%s%s", words_of(finding)->holds ?: "holds",
			   names_lock_phrase(names, &held->lock), mode_phrase(held->mode),
			   tell_where(names, part->model, "taken ", held->stack));
}

static const char *tell_want(struct names *names, const struct finding *finding, const struct finding_part *part)
{
	if (!part->has_want && part->doing)
		return pool_printf(names_pool(names), " %s", part->doing);
	if (!part->has_want)
		return "";
	return pool_printf(names_pool(names), " %s " LOCK("%s") "%s%s", finding_verb(finding, part),
			   names_lock_phrase(names, &part->want), mode_phrase(part->want_mode),
			   tell_where(names, part->model, "", part->want_stack));
}

/* "Thread 2 holds A (taken at x.c:1) and waits for B (at x.c:2). " */
static const char *tell_part(struct names *names, const struct finding *finding, uint32_t i)
{
	const char *thread = capitalised(names, part_thread(names, finding, i));
	const char *hold = tell_hold(names, finding, &finding->parts[i]);
	const char *want = tell_want(names, finding, &finding->parts[i]);

	return pool_printf(names_pool(names), STRONG("%s") "%s%s%s. ", thread, hold, *hold && *want ? " and" : "",
			   want);
}

const char *finding_story(struct names *names, const struct finding *finding)
{
	uint32_t n = finding->n_parts, n_told = n <= TOLD_PARTS + 1 ? n : TOLD_PARTS;
	const struct rule_words *words = words_of(finding);
	struct pool *pool = names_pool(names);
	const char *story = "", *end = NULL;

	for (uint32_t i = 0; i < n_told; i++)
		story = pool_printf(pool, "%s%s", story, tell_part(names, finding, i));
	if (n_told < n)
		story = pool_printf(pool,
				    finding_is_circle(finding)
					    ? "%sSo it goes on with %" PRIu32
					      " more threads, and the last one closes the circle. "
					    : "%s%" PRIu32 " more threads wait, too. ",
				    story, n - n_told);
	if (is_stuck(finding))
		end = words->ended;
	else if (finding->class < CLASS_ORDERED)
		end = words->can_end;
	return pool_printf(pool, "%s%s", story, end ?: "");
}

const char *finding_story_plain(struct names *names, const struct finding *finding)
{
	char *text = pool_printf(names_pool(names), "%s", finding_story(names, finding)), *to = text;

	for (const char *from = text; *from; from++)
		if (!page_is_mark(*from))
			*to++ = *from;
	*to = '\0';
	return text;
}

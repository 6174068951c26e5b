/* SPDX-License-Identifier: MIT */
/* Matches suppressions with findings, and writes suppressions for findings. */
#include "suppress.h"

#include "words.h"

#include <stdlib.h>
#include <string.h>

/* A finding and a condition on it. */
struct claim {
	struct names *names;
	const struct finding *finding;
	const struct condition *condition;
};

static bool matches(const struct claim *claim, const char *text)
{
	return text && pattern_matches(claim->condition->pattern, text);
}

static bool stack_matches(const struct claim *claim, const struct model *model, uint32_t stack)
{
	const struct backtrace *backtrace = names_stack(claim->names, model, stack);
	bool wants_module = claim->condition->kind == CONDITION_MODULE;

	for (size_t i = 0; i < backtrace->n; i++) {
		const struct frame *frame = backtrace->frames[i];

		if (matches(claim, wants_module ? frame->module : frame->function))
			return true;
	}
	return false;
}

static bool any_stack_matches(const struct claim *claim)
{
	for (uint32_t i = 0; i < claim->finding->n_parts; i++) {
		const struct finding_part *part = &claim->finding->parts[i];

		if (part->has_want && stack_matches(claim, part->model, part->want_stack))
			return true;
		for (uint32_t k = 0; k < part->n_holds; k++)
			if (stack_matches(claim, part->model, part->holds[k].stack))
				return true;
	}
	return false;
}

static bool any_lock_matches(const struct claim *claim)
{
	for (uint32_t i = 0; i < claim->finding->n_locks; i++) {
		const struct finding_lock *lock = &claim->finding->locks[i];

		if (matches(claim, names_lock(claim->names, lock)) ||
		    matches(claim, names_lock_class(claim->names, lock)))
			return true;
	}
	return false;
}

static bool is_true(const struct claim *claim)
{
	switch (claim->condition->kind) {
	case CONDITION_RULE:
		return matches(claim, rule_name(claim->finding->rule));
	case CONDITION_LOCK:
		return any_lock_matches(claim);
	default:
		return any_stack_matches(claim);
	}
}

/* Threads were found stuck in it: that is no matter of opinion. */
static bool is_deadlock(const struct finding *finding)
{
	return finding->class <= CLASS_CONFIRMED && finding->severity == SEVERITY_ERROR &&
	       (finding_is_circle(finding) || finding->rule == RULE_SELF_DEADLOCK ||
		finding->rule == RULE_READ_BEHIND_WRITER || finding->rule == RULE_ORPHANED_LOCK ||
		finding->rule == RULE_NESTED_MONITOR || finding->rule == RULE_NOBODY_TO_WAKE);
}

static bool suppresses(const struct suppression *suppression, struct names *names, const struct finding *finding)
{
	for (uint32_t i = 0; i < suppression->n_conditions; i++)
		if (!is_true(&(struct claim){names, finding, &suppression->conditions[i]}))
			return false;
	return true;
}

void suppressions_apply(struct suppressions *suppressions, struct report *report)
{
	report->suppressions = suppressions;
	for (uint32_t i = 0; i < report->verdict->n_findings; i++) {
		const struct finding *finding = &report->findings[i];
		uint32_t k = 0;

		while (k < suppressions->n && !suppresses(&suppressions->at[k], report->names, finding))
			k++;
		if (k == suppressions->n || is_deadlock(finding))
			continue;
		suppressions->at[k].n_used++;
		report->is_suppressed[i] = true;
		report->n[finding->severity]--;
	}
}

/* ---- writing ---------------------------------------------------------------------------------------------------- */

/* Lines of one block, each once. */
struct block {
	FILE *out;
	const char **lines;
	uint32_t n;
	struct pool *pool;
};

static void write_condition(struct block *block, enum condition_kind kind, const char *text)
{
	char *line = pool_printf(block->pool, "%s: %s", condition_name(kind), text);

	for (uint32_t i = 0; i < block->n; i++)
		if (strcmp(block->lines[i], line) == 0)
			return;
	block->lines = grow_array(block->lines, block->n + 1, sizeof(*block->lines));
	block->lines[block->n++] = line;
	fputs("  ", block->out);
	printable_write(block->out, line, PRINTABLE_ASCII);
	fputc('\n', block->out);
}

static void write_site(struct block *block, struct names *names, const struct finding_part *part, uint32_t stack)
{
	const struct frame *site = backtrace_site(names_stack(names, part->model, stack));

	if (site && site->function)
		write_condition(block, CONDITION_FUNCTION, site->function);
	else if (site && site->module)
		write_condition(block, CONDITION_MODULE, site->module);
}

static void write_part(struct block *block, struct names *names, const struct finding_part *part)
{
	if (part->has_want)
		write_site(block, names, part, part->want_stack);
	if (part->cycle_hold >= 0)
		write_site(block, names, part, part->holds[part->cycle_hold].stack);
}

static void write_finding(const struct report *report, const struct finding *finding, FILE *out)
{
	struct block block = {.out = out, .pool = names_pool(report->names)};

	fputs("{\n  ", out);
	printable_write(out, finding_title(report->names, finding), PRINTABLE_ASCII);
	fputc('\n', out);
	write_condition(&block, CONDITION_RULE, rule_name(finding->rule));
	for (uint32_t i = 0; i < finding->n_parts; i++)
		write_part(&block, report->names, &finding->parts[i]);
	for (uint32_t i = 0; i < finding->n_locks; i++)
		if (finding->locks[i].kind != OBJECT_THREAD)
			write_condition(&block, CONDITION_LOCK, names_lock_class(report->names, &finding->locks[i]));
	fputs("}\n", out);
	free(block.lines);
}

int suppressions_write(const struct report *report, bool shows_all, FILE *out)
{
	for (uint32_t i = 0; i < report->verdict->n_findings; i++) {
		const struct finding *finding = &report->findings[i];

		if (!report->is_suppressed[i] && !is_deadlock(finding) &&
		    (shows_all || finding->severity != SEVERITY_NOTE))
			write_finding(report, finding, out);
	}
	return fflush(out) || ferror(out) ? -1 : 0;
}

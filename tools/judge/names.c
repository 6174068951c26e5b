/* SPDX-License-Identifier: MIT */
/* The words for rules, classes and severities that other programs may rely on. */
#include "finding.h"

#include <assert.h>

static const char *const rule_names[RULES] = {
#define RULE(id, name, summary) [RULE_##id] = name,
#include "rules.def"
#undef RULE
};

static const char *const rule_summaries[RULES] = {
#define RULE(id, name, summary) [RULE_##id] = summary,
#include "rules.def"
#undef RULE
};

static const char *const class_names[CLASSES] = {
	[CLASS_OBSERVED] = "observed",		 [CLASS_CONFIRMED] = "confirmed", [CLASS_PREDICTED] = "predicted",
	[CLASS_POSSIBLE] = "possible",		 [CLASS_ORDERED] = "ordered",	  [CLASS_GUARDED] = "guarded",
	[CLASS_SINGLE_THREAD] = "single-thread",
};

static const char *const severity_names[SEVERITIES] = {
	[SEVERITY_ERROR] = "error",
	[SEVERITY_WARNING] = "warning",
	[SEVERITY_NOTE] = "note",
};

const char *rule_name(enum rule rule)
{
	assert(rule < RULES);
	return rule_names[rule];
}

const char *rule_summary(enum rule rule)
{
	assert(rule < RULES);
	return rule_summaries[rule];
}

const char *class_name(enum finding_class class)
{
	assert(class < CLASSES);
	return class_names[class];
}

const char *severity_name(enum severity severity)
{
	assert(severity < SEVERITIES);
	return severity_names[severity];
}

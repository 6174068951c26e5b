/* SPDX-License-Identifier: MIT */
/* The report as SARIF 2.1.0 (https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html), for code scanning.
 *
 * Every finding is a result; every thread in it a thread flow, which goes through what it took to what it asked for.  The
 * finding's id is its fingerprint, so that a server knows it again in the next run.
 */
#include "formats.h"
#include "json.h"
#include "steps.h"
#include "words.h"

#include <ctype.h>
#include <string.h>

#define SARIF_SCHEMA "https://json.schemastore.org/sarif-2.1.0.json"

static void add(struct json_object *object, const char *key, struct json_object *value)
{
	json_object_object_add(object, key, value);
}

static struct json_object *message(const char *words)
{
	struct json_object *object = json_object_new_object();

	add(object, "text", json_text(words));
	return object;
}

static struct json_object *list_of(struct json_object *only)
{
	struct json_object *list = json_object_new_array();

	json_object_array_add(list, only);
	return list;
}

/* A path as a URI: relative ones are relative to where the report was asked for, as code scanning wants it. */
static const char *uri_of(struct pool *pool, const char *path)
{
	const char *prefix = path[0] == '/' ? "file://" : "";
	char *uri = pool_alloc(pool, strlen(prefix) + 3 * strlen(path) + 1), *to = stpcpy(uri, prefix);

	for (const unsigned char *at = (const unsigned char *)path; *at; at++)
		if (isascii(*at) && (isalnum(*at) || strchr("-._~/", *at)))
			*to++ = (char)*at;
		else
			to += sprintf(to, "%%%02X", *at);
	*to = '\0';
	return uri;
}

static struct json_object *physical_location(struct pool *pool, const char *path, uint32_t line)
{
	struct json_object *object = json_object_new_object(), *artifact = json_object_new_object();
	struct json_object *region = json_object_new_object();

	add(artifact, "uri", json_text(uri_of(pool, path)));
	add(object, "artifactLocation", artifact);
	add(region, "startLine", json_object_new_int64(line ? line : 1));
	add(object, "region", region);
	return object;
}

static struct json_object *logical_location(const char *function)
{
	struct json_object *object = json_object_new_object();

	add(object, "fullyQualifiedName", json_text(function));
	add(object, "kind", json_text("function"));
	return object;
}

/* Where there is no source line, the file of the program or library stands for it. */
static struct json_object *location(struct names *names, const struct step *step, const char *words)
{
	const struct frame *frame = step->frame;
	struct json_object *object = json_object_new_object();
	const char *path = step->path;

	if (!path && frame)
		path = frame->module_path;
	if (!path)
		path = step->part->model->exe;
	if (path && *path)
		add(object, "physicalLocation",
		    physical_location(names_pool(names), path, step->path ? frame->line : 1));
	if (frame && frame->function)
		add(object, "logicalLocations", list_of(logical_location(frame->function)));
	if (words)
		add(object, "message", message(words));
	return object;
}

static struct json_object *thread_flow_location(struct names *names, const struct step *step)
{
	struct json_object *object = json_object_new_object();

	add(object, "location", location(names, step, step->words));
	return object;
}

/* The steps of the thread that `steps` begins with; *ret_n says how many. */
static struct json_object *thread_flow(struct names *names, const struct step *steps, uint32_t n, uint32_t *ret_n)
{
	struct json_object *object = json_object_new_object(), *locations = json_object_new_array();
	const struct finding_part *part = steps[0].part;
	uint32_t i;

	for (i = 0; i < n && steps[i].part == part; i++)
		json_object_array_add(locations, thread_flow_location(names, &steps[i]));
	add(object, "message", message(names_thread_with_origin(names, part->model, part->thread)));
	add(object, "locations", locations);
	*ret_n = i;
	return object;
}

static struct json_object *code_flow(struct names *names, const struct step *steps, uint32_t n)
{
	struct json_object *object = json_object_new_object(), *flows = json_object_new_array();

	for (uint32_t i = 0, n_own; i < n; i += n_own)
		json_object_array_add(flows, thread_flow(names, &steps[i], n - i, &n_own));
	add(object, "threadFlows", flows);
	return object;
}

static struct json_object *result(const struct report *report, uint32_t i)
{
	const struct finding *finding = &report->findings[i];
	struct json_object *object = json_object_new_object(), *fingerprints = json_object_new_object();
	struct json_object *properties = json_object_new_object();
	uint32_t n;
	const struct step *steps = finding_steps(report->names, finding, &n);

	add(object, "ruleId", json_text(rule_name(finding->rule)));
	add(object, "ruleIndex", json_object_new_int(finding->rule));
	add(object, "level", json_text(severity_name(finding->severity)));
	add(object, "message", message(finding_in_short(report->names, finding)));
	if (n) {
		add(object, "locations", list_of(location(report->names, steps_main(steps, n), NULL)));
		add(object, "codeFlows", list_of(code_flow(report->names, steps, n)));
	}
	add(fingerprints, "snagFinding/v1", json_text(report->ids[i]));
	add(object, "partialFingerprints", fingerprints);
	add(properties, "class", json_text(class_name(finding->class)));
	add(properties, "count", json_object_new_uint64(finding->count));
	add(object, "properties", properties);
	return object;
}

static struct json_object *rule(enum rule rule)
{
	struct json_object *object = json_object_new_object(), *properties = json_object_new_object();
	struct json_object *tags = json_object_new_array();

	json_object_array_add(tags, json_text("concurrency"));
	json_object_array_add(tags, json_text("deadlock"));
	add(properties, "tags", tags);
	add(object, "id", json_text(rule_name(rule)));
	add(object, "shortDescription", message(rule_summary(rule)));
	add(object, "help", message(rule_advice(rule)));
	add(object, "properties", properties);
	return object;
}

static struct json_object *tool(void)
{
	struct json_object *object = json_object_new_object(), *driver = json_object_new_object();
	struct json_object *rules = json_object_new_array();

	for (int i = 0; i < RULES; i++)
		json_object_array_add(rules, rule(i));
	add(driver, "name", json_text("Snag"));
	add(driver, "rules", rules);
	add(object, "driver", driver);
	return object;
}

/* How the judging went, not the program. */
static struct json_object *invocation(const struct losses *losses)
{
	struct json_object *object = json_object_new_object(), *notifications = json_object_new_array();

	for (uint32_t i = 0; i < losses->n_reasons; i++) {
		struct json_object *notification = json_object_new_object();

		add(notification, "level", json_text(losses->can_hide ? "error" : "warning"));
		add(notification, "message", message(losses->reasons[i]));
		json_object_array_add(notifications, notification);
	}
	add(object, "executionSuccessful", json_object_new_boolean(!losses->can_hide));
	add(object, "toolExecutionNotifications", notifications);
	return object;
}

int report_sarif(const struct report *report, bool shows_all, FILE *out, char **ret_why)
{
	struct json_object *root = json_object_new_object(), *run = json_object_new_object();
	struct json_object *results = json_object_new_array();

	for (uint32_t i = 0; i < report->verdict->n_findings; i++)
		if (report_tells(report, i, shows_all))
			json_object_array_add(results, result(report, i));
	add(run, "tool", tool());
	add(run, "invocations", list_of(invocation(&report->losses)));
	add(run, "columnKind", json_text("utf16CodeUnits"));
	add(run, "results", results);
	add(root, "$schema", json_text(SARIF_SCHEMA));
	add(root, "version", json_text("2.1.0"));
	add(root, "runs", list_of(run));
	return json_write(root, JSON_C_TO_STRING_PRETTY, out);
}

/* SPDX-License-Identifier: MIT */
/* What came of trying to make findings happen, in confirm.json of the session folder:
 *
 *   {"trials": [{"finding": "64a391644b3d", "verdict": "confirmed", "runs": N, "hits": N, "in_vain": N,
 *     "schedule": "...", "why": "..."}]}
 *
 * A schedule lies beside it.
 */
#include "trials.h"

#include "pool.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

const char *trial_verdict_name(enum trial_verdict verdict)
{
	static const char *const names[TRIAL_VERDICTS] = {
		[TRIAL_CONFIRMED] = "confirmed",
		[TRIAL_VIOLATED] = "violated",
		[TRIAL_UNREACHED] = "unreached",
		[TRIAL_TIMED_OUT] = "timed-out",
	};

	return names[verdict];
}

static char *text_of(struct json_object *object, const char *key)
{
	return strdup(json_object_get_string(json_object_object_get(object, key)) ?: "");
}

static uint32_t number_of(struct json_object *object, const char *key)
{
	int64_t n = json_object_get_int64(json_object_object_get(object, key));

	return n > 0 && n < UINT32_MAX ? (uint32_t)n : 0;
}

static bool read_verdict(struct json_object *object, enum trial_verdict *ret_verdict)
{
	const char *name = json_object_get_string(json_object_object_get(object, "verdict")) ?: "";

	for (uint32_t i = 0; i < TRIAL_VERDICTS; i++)
		if (strcmp(name, trial_verdict_name(i)) == 0) {
			*ret_verdict = i;
			return true;
		}
	return false;
}

static char *path_of(const char *folder, char *name)
{
	char *path;

	if (!*name || asprintf(&path, "%s/%s", folder, name) < 0)
		return name;
	free(name);
	return path;
}

static void add_trial(struct session *session, struct json_object *object, const char *folder)
{
	enum trial_verdict verdict;

	if (!json_object_is_type(object, json_type_object) || !read_verdict(object, &verdict))
		return;
	session->trials = grow_array(session->trials, session->n_trials + 1, sizeof(*session->trials));
	session->trials[session->n_trials++] = (struct trial){
		.finding = text_of(object, "finding"),
		.verdict = verdict,
		.n_runs = number_of(object, "runs"),
		.n_hits = number_of(object, "hits"),
		.n_in_vain = number_of(object, "in_vain"),
		.schedule = path_of(folder, text_of(object, "schedule")),
		.why = text_of(object, "why"),
	};
}

void trials_read(struct session *session, const char *folder)
{
	struct json_object *root, *list;
	char *path;

	if (asprintf(&path, "%s/" TRIALS_NAME, folder) < 0)
		return;
	root = json_object_from_file(path);
	free(path);
	if (json_object_object_get_ex(root, "trials", &list) && json_object_is_type(list, json_type_array))
		for (size_t i = 0; i < json_object_array_length(list); i++)
			add_trial(session, json_object_array_get_idx(list, i), folder);
	json_object_put(root);
}

static struct json_object *trial_json(const struct trial *trial)
{
	struct json_object *object = json_object_new_object();
	const char *slash = strrchr(trial->schedule, '/');

	json_object_object_add(object, "finding", json_object_new_string(trial->finding));
	json_object_object_add(object, "verdict", json_object_new_string(trial_verdict_name(trial->verdict)));
	json_object_object_add(object, "runs", json_object_new_int64(trial->n_runs));
	json_object_object_add(object, "hits", json_object_new_int64(trial->n_hits));
	json_object_object_add(object, "in_vain", json_object_new_int64(trial->n_in_vain));
	json_object_object_add(object, "schedule", json_object_new_string(slash ? slash + 1 : trial->schedule));
	json_object_object_add(object, "why", json_object_new_string(trial->why));
	return object;
}

int trials_write(const char *folder, const struct trial *trials, uint32_t n)
{
	struct json_object *root = json_object_new_object(), *list = json_object_new_array();
	char *path;
	int r = -1;

	for (uint32_t i = 0; i < n; i++)
		json_object_array_add(list, trial_json(&trials[i]));
	json_object_object_add(root, "trials", list);
	if (asprintf(&path, "%s/" TRIALS_NAME, folder) >= 0) {
		r = json_object_to_file_ext(path, root, JSON_C_TO_STRING_PRETTY);
		free(path);
	}
	json_object_put(root);
	return r;
}

static bool is_among(const struct trial *trials, uint32_t n, const char *finding)
{
	for (uint32_t i = 0; i < n; i++)
		if (strcmp(trials[i].finding, finding) == 0)
			return true;
	return false;
}

struct trial *trials_join(struct trial *trials, uint32_t *n, const struct session *session)
{
	for (uint32_t i = 0; i < session->n_trials; i++) {
		struct trial copy = session->trials[i];

		if (is_among(trials, *n, copy.finding))
			continue;
		copy.finding = strdup(copy.finding);
		copy.schedule = strdup(copy.schedule);
		copy.why = strdup(copy.why);
		trials = grow_array(trials, *n + 1, sizeof(*trials));
		trials[(*n)++] = copy;
	}
	return trials;
}

void trials_free(struct trial *trials, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		free(trials[i].finding);
		free(trials[i].schedule);
		free(trials[i].why);
	}
	free(trials);
}

/* SPDX-License-Identifier: MIT */
/* snag diff: what is new since a baseline, and what is gone. */
#include "../report/json.h"
#include "../report/words.h"
#include "../session/analysis.h"
#include "../session/complain.h"
#include "../session/session_dir.h"
#include "command.h"
#include "runs.h"

#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct options {
	char **paths; /* old and new */
	int n_paths;
	bool is_json, only_new;
};

/* What is being told, in both forms. */
struct telling {
	const struct options *options;
	const struct page *page;
	struct json_object *list[2]; /* gone, new */
	uint32_t n[2][DIFFERENCES], n_new_errors;
};

enum { KEY_JSON = 256, KEY_NEW };

static const struct argp_option option_table[] = {
	{"json", KEY_JSON, NULL, 0, "Write it as JSON", 0},
	{"new", KEY_NEW, NULL, 0, "Leave out what is gone", 0},
	{0},
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case KEY_JSON:
		options->is_json = true;
		return 0;
	case KEY_NEW:
		options->only_new = true;
		return 0;
	case ARGP_KEY_ARGS:
		options->paths = &state->argv[state->next];
		options->n_paths = state->argc - state->next;
		return 0;
	case ARGP_KEY_END:
		if (options->n_paths < 1 || options->n_paths > 2)
			argp_usage(state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = option_table,
	.parser = parse,
	.args_doc = "OLD [NEW]",
	.doc = "Compare two runs, or baselines of many (`snag merge`), and print what only one of them has: findings, "
	       "pairs of "
	       "locks that were nested, pairs that were nested both ways. NEW is " SESSION_DIR_DEFAULT
	       " if none is given."
	       "\vExit status: 0 when there is no new error, 66 when there is one, 2 when one of them could not be "
	       "read, 64 for "
	       "a mistake on the command line.",
};

static const char *const kinds[DIFFERENCES] = {
	[DIFFERENCE_FINDING] = "finding",
	[DIFFERENCE_ORDER] = "order",
	[DIFFERENCE_INVERSION] = "inversion",
};

static void add_json(struct json_object *list, const struct difference *difference)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "kind", json_text(kinds[difference->kind]));
	json_object_object_add(object, "key", json_text(difference->key));
	if (difference->kind == DIFFERENCE_FINDING)
		json_object_object_add(object, "severity", json_text(severity_name(difference->severity)));
	json_object_object_add(object, "words", json_text(difference->words));
	json_object_array_add(list, object);
}

static void print(const struct page *page, const struct difference *difference)
{
	const char *when = difference->is_new ? "new" : "gone";

	if (difference->kind != DIFFERENCE_FINDING)
		page_print(page, 0, 2, "%s %s: %s", when, kinds[difference->kind], difference->words);
	else if (difference->is_new && difference->severity == SEVERITY_ERROR)
		page_print(page, 0, 2, ERROR("%s %s:") " %s (finding %s)", when, severity_name(difference->severity),
			   difference->words, difference->key);
	else
		page_print(page, 0, 2, "%s %s: %s (finding %s)", when, severity_name(difference->severity),
			   difference->words, difference->key);
}

static void tell(void *context, const struct difference *difference)
{
	struct telling *telling = context;

	telling->n[difference->is_new][difference->kind]++;
	if (difference->is_new && difference->kind == DIFFERENCE_FINDING && difference->severity == SEVERITY_ERROR)
		telling->n_new_errors++;
	add_json(telling->list[difference->is_new], difference);
	if (!telling->options->is_json && (difference->is_new || !telling->options->only_new))
		print(telling->page, difference);
}

static void print_json(struct telling *telling)
{
	struct json_object *root = json_object_new_object();

	json_object_object_add(root, "snag_diff", json_object_new_int(1));
	json_object_object_add(root, "new", json_object_get(telling->list[1]));
	json_object_object_add(root, "gone", json_object_get(telling->list[0]));
	fprintf(telling->page->out, "%s\n",
		json_object_to_json_string_ext(root, JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(root);
}

static void print_summary(const struct telling *telling)
{
	const uint32_t *new = telling->n[1], *gone = telling->n[0];

	page_print(telling->page, 0, 2,
		   "snag: new: %" PRIu32 " finding%s (%" PRIu32 " error%s), %" PRIu32 " order%s, %" PRIu32
		   " inversion%s; gone: %" PRIu32 " finding%s, %" PRIu32 " order%s, %" PRIu32 " inversion%s",
		   new[DIFFERENCE_FINDING], plural(new[DIFFERENCE_FINDING]), telling->n_new_errors,
		   plural(telling->n_new_errors), new[DIFFERENCE_ORDER], plural(new[DIFFERENCE_ORDER]),
		   new[DIFFERENCE_INVERSION], plural(new[DIFFERENCE_INVERSION]), gone[DIFFERENCE_FINDING],
		   plural(gone[DIFFERENCE_FINDING]), gone[DIFFERENCE_ORDER], plural(gone[DIFFERENCE_ORDER]),
		   gone[DIFFERENCE_INVERSION], plural(gone[DIFFERENCE_INVERSION]));
}

static int compare(const struct options *options, struct baseline *old, struct baseline *new)
{
	struct text_output output;
	struct telling telling = {.options = options, .page = &output.page};

	telling.list[0] = json_object_new_array();
	telling.list[1] = json_object_new_array();
	text_begin(&output, stdout);
	baseline_compare(old, new, tell, &telling);
	if (options->is_json)
		print_json(&telling);
	else
		print_summary(&telling);
	json_object_put(telling.list[0]);
	json_object_put(telling.list[1]);
	if (text_end(&output)) {
		complain("standard output: %s", strerror(errno));
		return EXIT_NO_VERDICT;
	}
	return telling.n_new_errors ? EXIT_FOUND : EXIT_CLEAN;
}

int command_diff(int argc, char **argv)
{
	char folder[] = SESSION_DIR_DEFAULT;
	struct options options = {0};
	struct baseline old, new;
	int status = EXIT_NO_VERDICT;

	argp_err_exit_status = EXIT_USAGE;
	argp_parse(&argp, argc, argv, 0, NULL, &options);
	baseline_init(&old);
	baseline_init(&new);
	if (runs_add(&old, options.paths[0]) == 0 &&
	    runs_add(&new, options.n_paths > 1 ? options.paths[1] : folder) == 0)
		status = compare(&options, &old, &new);
	baseline_deinit(&old);
	baseline_deinit(&new);
	return status;
}

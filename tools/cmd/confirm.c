/* SPDX-License-Identifier: MIT */
/* snag confirm: makes deadlocks that can happen happen. */
#include "../confirm/outcome.h"
#include "../confirm/schedule.h"
#include "../session/analysis.h"
#include "../session/complain.h"
#include "../session/launch.h"
#include "../session/signals.h"
#include "../session/watch.h"
#include "../trace/pool.h"
#include "../trace/trials.h"
#include "arguments.h"
#include "command.h"

#include <argp.h>
#include <errno.h>
#include <inttypes.h>
#include <libgen.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { RUNS = 20, MOST_RUNS = 100000, SHORTEST_ID = 4, EXTRA_S = 10 };

struct options {
	const char *id, *dir; /* NULL: not given */
	const char *mode;
	const char *schedule; /* to be followed again; NULL: none */
	uint32_t n_runs;
	bool does_all_runs, uses_gdb, shows_all;
	double timeout_s; /* of a run; 0: by how long the recorded one took */
	char **command;
};

enum { KEY_REPLAY = 256, KEY_GDB, KEY_ALL, KEY_ALL_RUNS, KEY_MODE, KEY_TIMEOUT };

static const struct argp_option option_table[] = {
	{"runs", 'n', "N", 0, "How often to try each finding (default 20); the first success ends it", 0},
	{"all-runs", KEY_ALL_RUNS, NULL, 0, "Go on after a success, to see how often it succeeds", 0},
	{"replay", KEY_REPLAY, "SCHEDULE", 0,
	 "Run the command as a schedule says that a success has left, until it deadlocks again", 0},
	{"gdb", KEY_GDB, NULL, 0, "When the deadlock closes, attach GDB, which shows the line of each thread in it", 0},
	{"mode", KEY_MODE, "light|full", 0, "What to record, when there is no session to read", 0},
	{"timeout", KEY_TIMEOUT, "SECONDS", 0,
	 "End a run after this time (default: 10 more than thrice that of the recorded run)", 0},
	{"all", KEY_ALL, NULL, 0, "Show notes too, and every thread and frame", 0},
	{0},
};

/* ---- the command line ------------------------------------------------------------------------------------------- */

static bool is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static bool is_id(const char *text)
{
	size_t n = strspn(text, "0123456789abcdef");

	return n >= SHORTEST_ID && n < FINDING_ID_SIZE && !text[n];
}

static void take_argument(struct argp_state *state, struct options *options, const char *argument)
{
	if (!options->dir && is_folder(argument))
		options->dir = argument;
	else if (!options->id && is_id(argument))
		options->id = argument;
	else
		argp_error(state, "%s: neither a session folder nor the id of a finding (a command comes after --)",
			   argument);
}

static uint32_t parse_runs(struct argp_state *state, const char *text)
{
	char *end;
	long n = strtol(text, &end, 10);

	if (end == text || *end || n < 1 || n > MOST_RUNS)
		argp_error(state, "%s: not a number of runs (1 to %d)", text, MOST_RUNS);
	return (uint32_t)n;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case 'n':
		options->n_runs = parse_runs(state, argument);
		return 0;
	case KEY_ALL_RUNS:
		options->does_all_runs = true;
		return 0;
	case KEY_REPLAY:
		options->schedule = argument;
		return 0;
	case KEY_GDB:
		if (!isatty(STDIN_FILENO))
			argp_error(state, "--gdb: standard input is not a terminal");
		options->uses_gdb = true;
		return 0;
	case KEY_MODE:
		options->mode = parse_mode(state, argument);
		return 0;
	case KEY_TIMEOUT:
		options->timeout_s = parse_seconds(state, argument);
		return 0;
	case KEY_ALL:
		options->shows_all = true;
		return 0;
	case ARGP_KEY_ARG:
		if (!state->quoted || state->next - 1 < state->quoted) {
			take_argument(state, options, argument);
			return 0;
		}
		options->command = &state->argv[state->next - 1];
		state->next = state->argc;
		return 0;
	case ARGP_KEY_END:
		if (!options->command)
			argp_error(state, "a command is missing (it comes after --)");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = option_table,
	.parser = parse,
	.args_doc = "[FINDING] [DIR] -- COMMAND [ARGUMENT...]",
	.doc = "Run a program again and again, and hold its threads back at the places of a deadlock that a report "
	       "calls "
	       "possible or predicted, until they meet and it happens."
	       "\vFindings are those of the session in DIR. With neither DIR nor FINDING the command is first "
	       "recorded, in " SESSION_DIR_DEFAULT
	       "; that is also where a FINDING is looked for. Without FINDING all errors and warnings are tried. The "
	       "verdicts stay in the session folder, and `snag report` tells them: a finding that was made to happen "
	       "is "
	       "`confirmed`, and FINDING.schedule there makes it happen again (--replay). The session of the last run "
	       "is "
	       "in the folder `" SESSION_DIR_STEERED "` there, with what the program wrote in `" SESSION_DIR_OUTPUT "`."
	       "\n\nA steered run reads standard input from its beginning when that is a file, and else nothing. A server "
	       "needs somebody to ask it something: -- sh -c './server & ./client; kill $!; wait' is steered as well, "
	       "with all that it starts. Where `ulimit -c unlimited` was said, a run that deadlocks leaves a core file "
	       "(/proc/sys/kernel/core_pattern says where), which `snag ps` and `snag gdb` read."
	       "\n\nExit status: 66 when a deadlock was made to happen, 0 when none was, 2 when it could not be "
	       "judged, 64 "
	       "for a mistake on the command line, 125 when Snag failed, 126 when the program cannot be executed, 127 "
	       "when "
	       "it is not there.",
};

/* ---- steered runs ----------------------------------------------------------------------------------------------- */

struct confirm {
	struct options options;
	const char *shim;
	char *folder; /* of the session that is judged */
	double timeout_s;
	struct trial *trials;
	uint32_t n_trials;
};

/* Runs the command as the schedule says.  0 and the report of the run, or an exit status. */
static int run_steered(const struct confirm *confirm, const char *folder, const char *schedule,
		       struct analysis *ret_analysis, bool *ret_is_stuck)
{
	char *path = format_string("%s/" SESSION_DIR_STEERED, folder), *why = NULL;
	char *output = format_string("%s/" SESSION_DIR_OUTPUT, path);
	struct watch watch = {
		.command = confirm->options.command,
		.mode = "light",
		.schedule = schedule,
		.output = confirm->options.uses_gdb ? NULL : output,
		.dir.fd = -1,
		.supervision.on_deadlock = confirm->options.uses_gdb ? DEADLOCK_GDB : DEADLOCK_END,
		.supervision.timeout_s = confirm->timeout_s,
		.supervision.is_silent = true,
	};
	int status = session_dir_init(&watch.dir, path, &why) ? EXIT_SNAG_FAILED : watch_program(&watch, confirm->shim);

	*ret_is_stuck = watch.supervision.is_stuck;
	/* Who ends the program by hand means all runs of it. */
	if (!status && watch.supervision.stopped_by)
		status = EXIT_SIGNALLED + watch.supervision.stopped_by;
	if (!status && analysis_init(ret_analysis, &path, 1, &why))
		status = EXIT_NO_VERDICT;
	watch_deinit(&watch);
	if (why)
		complain("%s", why);
	free(why);
	session_dir_deinit(&watch.dir);
	free(output);
	free(path);
	return status;
}

/* ---- trials ----------------------------------------------------------------------------------------------------- */

/* GDB writes on the same terminal. */
static void show_progress(const struct options *options, const char *id, uint32_t run)
{
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "\r\033[Ksnag: %s: run %" PRIu32 " of %" PRIu32 " ...%s", id, run + 1, options->n_runs,
			options->uses_gdb ? "\n" : "");
}

static void end_progress(void)
{
	if (isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
}

static int run_once(struct confirm *confirm, const struct target *target, const char *schedule, struct outcome *outcome)
{
	const struct finding *finding = &target->report->findings[target->finding];
	/* What has succeeded is only repeated: its schedule is to be kept. */
	struct attempt attempt = attempt_plan(finding, outcome->n_before, outcome_gate_ms(outcome));
	struct analysis analysis;
	bool is_stuck;
	int status;

	show_progress(&confirm->options, target->id, outcome->n_runs);
	if (schedule_write(schedule, finding, target->id, &attempt)) {
		complain("%s: %s", schedule, strerror(errno));
		return EXIT_SNAG_FAILED;
	}
	status = run_steered(confirm, confirm->folder, schedule, &analysis, &is_stuck);
	if (status)
		return status;
	outcome_add(outcome, target, analysis.report, is_stuck);
	analysis_deinit(&analysis);
	return 0;
}

static int run_often(struct confirm *confirm, const struct target *target, const char *schedule,
		     struct outcome *outcome)
{
	int status = 0;

	while (!status && outcome->n_runs < confirm->options.n_runs &&
	       (!outcome->n_hits || confirm->options.does_all_runs))
		status = signals_noted() ? EXIT_SIGNALLED + signals_noted() : run_once(confirm, target, schedule, outcome);
	end_progress();
	return status;
}

static void keep_trial(struct confirm *confirm, struct trial trial)
{
	confirm->trials = grow_array(confirm->trials, confirm->n_trials + 1, sizeof(*confirm->trials));
	confirm->trials[confirm->n_trials++] = trial;
	complain("%s: %s in %" PRIu32 " of %" PRIu32 " runs", trial.finding, trial_verdict_name(trial.verdict),
		 trial.verdict == TRIAL_CONFIRMED ? trial.n_hits : trial.n_runs, trial.n_runs);
}

static int try_finding(struct confirm *confirm, const struct report *report, uint32_t i)
{
	const struct target target = {.id = report->ids[i], .report = report, .finding = i};
	char *schedule = format_string("%s/%s" SESSION_DIR_SCHEDULE, confirm->folder, target.id);
	struct outcome outcome = {0};
	int status = run_often(confirm, &target, schedule, &outcome);

	if (outcome.n_runs)
		keep_trial(confirm, outcome_conclude(&outcome, &target, schedule));
	outcome_deinit(&outcome);
	free(schedule);
	return status;
}

/* Is it among those that were asked for? */
static bool is_chosen(const struct confirm *confirm, const struct report *report, uint32_t i)
{
	const char *id = confirm->options.id;

	if (id)
		return strncmp(report->ids[i], id, strlen(id)) == 0;
	return report->findings[i].severity != SEVERITY_NOTE;
}

static int try_findings(struct confirm *confirm, const struct report *report)
{
	uint32_t n = 0, n_tried = 0;
	int status = 0;

	for (uint32_t i = 0; i < report->verdict->n_findings && !status; i++) {
		const char *obstacle = schedule_obstacle(&report->findings[i]);

		if (!is_chosen(confirm, report, i))
			continue;
		n++;
		n_tried += !obstacle;
		if (obstacle)
			complain("%s: cannot be made to happen: %s", report->ids[i], obstacle);
		else
			status = try_finding(confirm, report, i);
	}
	if (!n && confirm->options.id)
		complain("%s: no such finding in %s", confirm->options.id, confirm->folder);
	else if (!n)
		complain("%s: there is no error and no warning", confirm->folder);
	return !n_tried && confirm->options.id ? EXIT_NO_VERDICT : status;
}

/* ---- the session ------------------------------------------------------------------------------------------------ */

static int record(const struct confirm *confirm)
{
	struct watch watch = {
		.command = confirm->options.command,
		.mode = confirm->options.mode,
		.dir.fd = -1,
		.supervision.is_silent = true,
	};
	char *why = NULL;
	int status = EXIT_SNAG_FAILED;

	watch.obstacle = launch_obstacle(watch.command[0], &watch.is_foreign);
	if (watch.obstacle)
		complain("%s: cannot be watched: %s", watch.command[0], watch.obstacle);
	else if (session_dir_init(&watch.dir, SESSION_DIR_DEFAULT, &why))
		complain("%s", why);
	else
		status = watch_program(&watch, confirm->shim);
	watch_deinit(&watch);
	session_dir_deinit(&watch.dir);
	free(why);
	return status;
}

/* As the user says it. */
static const char *folder_of(const struct options *options)
{
	return options->dir ?: SESSION_DIR_DEFAULT;
}

static double limit_of(const struct session *session)
{
	uint64_t start_ns = session->models[0]->start_monotonic_ns;

	if (session->end_monotonic_ns <= start_ns)
		return EXTRA_S;
	return EXTRA_S + 3 * (double)(session->end_monotonic_ns - start_ns) / 1e9;
}

static int read_session(const struct confirm *confirm, struct analysis *ret_analysis)
{
	char *folder = (char *)folder_of(&confirm->options), *why;

	if (analysis_init(ret_analysis, &folder, 1, &why) == 0)
		return 0;
	complain("%s", why);
	free(why);
	return EXIT_NO_VERDICT;
}

/* Has a finding that was asked for happened, in a steered run or when it was recorded? */
static bool has_happened(const struct confirm *confirm, const struct report *report)
{
	for (uint32_t i = 0; i < report->verdict->n_findings; i++)
		if (is_chosen(confirm, report, i) && !schedule_obstacle(&report->findings[i]) &&
		    report->findings[i].severity == SEVERITY_ERROR && report->findings[i].class <= CLASS_CONFIRMED)
			return true;
	return false;
}

static int print_report(const struct confirm *confirm, const struct report *report)
{
	struct text_output output;

	text_begin(&output, stdout);
	report_text(report, &output.page, confirm->options.shows_all);
	if (text_end(&output) == 0)
		return 0;
	complain("standard output: %s", strerror(errno));
	return EXIT_NO_VERDICT;
}

/* Judges the session again, with what is known now, and prints that.  Returns the exit status. */
static int conclude(const struct confirm *confirm)
{
	struct analysis analysis;
	int status = read_session(confirm, &analysis);

	if (status)
		return status;
	status = print_report(confirm, analysis.report);
	if (!status && has_happened(confirm, analysis.report))
		status = EXIT_FOUND;
	analysis_deinit(&analysis);
	return status;
}

static int judge_trials(struct confirm *confirm)
{
	struct analysis analysis;
	int status = read_session(confirm, &analysis);

	if (status)
		return status;
	confirm->timeout_s = confirm->options.timeout_s > 0 ? confirm->options.timeout_s : limit_of(analysis.session);
	signals_note();
	status = try_findings(confirm, analysis.report);
	confirm->trials = trials_join(confirm->trials, &confirm->n_trials, analysis.session);
	analysis_deinit(&analysis);
	if (trials_write(confirm->folder, confirm->trials, confirm->n_trials))
		complain("%s/" TRIALS_NAME ": %s", confirm->folder, strerror(errno));
	return status ? status : conclude(confirm);
}

/* ---- once more -------------------------------------------------------------------------------------------------- */

/* Runs it until it deadlocks, and tells that. */
static int replay_until_stuck(const struct confirm *confirm, const char *folder, const char *schedule, const char *id)
{
	struct outcome outcome = {0};
	int status = 0;

	while (!status && !outcome.n_hits && outcome.n_runs < confirm->options.n_runs) {
		struct analysis analysis;
		bool is_stuck;

		show_progress(&confirm->options, id, outcome.n_runs);
		status = run_steered(confirm, folder, schedule, &analysis, &is_stuck);
		end_progress();
		if (status)
			break;
		outcome_add(&outcome, &(struct target){.id = id}, analysis.report, is_stuck);
		if (outcome.n_hits)
			status = print_report(confirm, analysis.report);
		analysis_deinit(&analysis);
	}
	status = status ? status : outcome.n_hits ? EXIT_FOUND : EXIT_CLEAN;
	outcome_deinit(&outcome);
	return status;
}

static int replay(struct confirm *confirm)
{
	char *schedule = realpath(confirm->options.schedule, NULL), *folder, *why = NULL;
	struct schedule_head head;
	int status = EXIT_USAGE;

	if (schedule_read_head(confirm->options.schedule, &head, &why) || !schedule) {
		complain("%s", why ?: strerror(errno));
	} else {
		confirm->timeout_s = confirm->options.timeout_s > 0 ? confirm->options.timeout_s : EXTRA_S;
		folder = format_string("%s", schedule);
		status = replay_until_stuck(confirm, dirname(folder), schedule, head.id);
		free(folder);
	}
	free(why);
	free(schedule);
	return status;
}

static int confirm_with_shim(void *context, const char *shim)
{
	struct confirm *confirm = context;
	const struct options *options = &confirm->options;
	int status = 0;

	confirm->shim = shim;
	if (options->schedule)
		return replay(confirm);
	if (!options->dir && !options->id)
		status = record(confirm);
	if (status)
		return status;
	confirm->folder = realpath(folder_of(options), NULL);
	if (!confirm->folder) {
		complain("%s: %s", folder_of(options), strerror(errno));
		return EXIT_NO_VERDICT;
	}
	return judge_trials(confirm);
}

int command_confirm(int argc, char **argv)
{
	struct confirm confirm = {.options = {.mode = "light", .n_runs = RUNS}};
	int status;

	argp_err_exit_status = EXIT_USAGE;
	argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &confirm.options);
	status = watch_with_shim(confirm_with_shim, &confirm);
	trials_free(confirm.trials, confirm.n_trials);
	free(confirm.folder);
	return status;
}

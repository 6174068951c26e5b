/* SPDX-License-Identifier: MIT */
/* Traces read, judged, and ready to be reported. */
#include "analysis.h"

#include "../inspect/kept.h"
#include "../trace/pool.h"
#include "complain.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* ---- "judging ..." after two seconds, on a terminal ------------------------------------------------------------- */

enum { PATIENCE_S = 2 };

struct progress {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t ended;
	bool is_running, has_ended, has_shown;
};

static void *show_late(void *context)
{
	struct progress *progress = context;
	struct timespec until;
	int r = 0;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += PATIENCE_S;
	pthread_mutex_lock(&progress->lock);
	while (!progress->has_ended && r != ETIMEDOUT)
		r = pthread_cond_timedwait(&progress->ended, &progress->lock, &until);
	if (!progress->has_ended) {
		progress->has_shown = true;
		fputs("snag: reading and judging the traces ...", stderr);
	}
	pthread_mutex_unlock(&progress->lock);
	return NULL;
}

static void progress_init(struct progress *progress)
{
	*progress = (struct progress){.lock = PTHREAD_MUTEX_INITIALIZER, .ended = PTHREAD_COND_INITIALIZER};
	progress->is_running =
		isatty(STDERR_FILENO) && pthread_create(&progress->thread, NULL, show_late, progress) == 0;
}

static void progress_deinit(struct progress *progress)
{
	if (!progress->is_running)
		return;
	pthread_mutex_lock(&progress->lock);
	progress->has_ended = true;
	pthread_cond_signal(&progress->ended);
	pthread_mutex_unlock(&progress->lock);
	pthread_join(progress->thread, NULL);
	if (progress->has_shown)
		fputs("\r\033[K", stderr);
}

/* ---- analysis --------------------------------------------------------------------------------------------------- */

void analysis_init_session(struct analysis *ret_analysis, struct session *session)
{
	ret_analysis->session = session;
	ret_analysis->verdict = judge(session);
	ret_analysis->report = report_new(session, ret_analysis->verdict);
}

int analysis_init(struct analysis *ret_analysis, char *const paths[], size_t n_paths, char **ret_why)
{
	struct progress progress;
	struct session *session;
	bool is_recorded;
	int r;

	progress_init(&progress);
	session = session_collect(paths, n_paths);
	is_recorded = session->n_models || session->n_problems;
	for (size_t i = 0; i < n_paths; i++)
		kept_read(session, paths[i]);
	if (!is_recorded && session->n_models)
		session_add_problem(session, format_string("%s: no traces in it: this is what was seen when it hung", paths[0]));
	r = session_complete(session, paths, n_paths, ret_why);
	if (r == 0)
		analysis_init_session(ret_analysis, session);
	progress_deinit(&progress);
	return r;
}

void analysis_deinit(struct analysis *analysis)
{
	report_free(analysis->report);
	verdict_free(analysis->verdict);
	session_free(analysis->session);
}

/* ---- output ----------------------------------------------------------------------------------------------------- */

void text_begin(struct text_output *output, FILE *stream)
{
	*output = (struct text_output){.page = page_for(stream), .fd = fileno(stream)};
	output->page.out = open_memstream(&output->text, &output->size);
	if (!output->page.out)
		_exit(EXIT_SNAG_FAILED);
}

int text_end(struct text_output *output)
{
	const char *at;
	ssize_t n = 0;

	if (fclose(output->page.out))
		_exit(EXIT_SNAG_FAILED);
	for (at = output->text; output->size && n >= 0; at += n, output->size -= (size_t)n) {
		n = write(output->fd, at, output->size);
		/* The program has the same pipe or terminal, and may not want to wait for it. */
		if (n < 0 && errno == EAGAIN)
			n = poll(&(struct pollfd){output->fd, POLLOUT, 0}, 1, -1) < 0 ? -1 : 0;
		if (n < 0 && errno == EINTR)
			n = 0;
	}
	free(output->text);
	return n < 0 ? -1 : 0;
}

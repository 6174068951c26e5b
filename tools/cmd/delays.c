/* SPDX-License-Identifier: MIT */
/* Where `snag run --perturb` delays threads. */
#include "delays.h"

#include "../confirm/schedule.h"
#include "../session/analysis.h"
#include "../session/complain.h"
#include "../symbols/locate.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define NAME "perturb" SESSION_DIR_SCHEDULE

static bool is_of_command(const struct session *session, char *const command[])
{
	uint32_t n = 0;

	while (n < session->argc && command[n] && strcmp(command[n], session->argv[n]) == 0)
		n++;
	return !command[n] && n == session->argc;
}

static bool is_built_anew(const struct session *session)
{
	for (uint32_t m = 0; m < session->n_models; m++)
		for (uint32_t i = 0; i < session->models[m]->n_modules; i++) {
			const struct module *module = &session->models[m]->modules[i];

			if (module->id && is_other_file(module->path, module->build_id, module->build_id_size))
				return true;
		}
	return false;
}

/* The delays of the run that the session is of.  false: it had others, or none. */
static bool read_kept(struct delays *ret_delays, const char *dir, const char *seed)
{
	char *path = format_string("%s/" NAME, dir), *line, kept[16];
	FILE *in = fopen(path, "re");
	struct delays delays = {0};
	size_t size = 0;
	bool is_same;

	line = in && getdelim(&delays.text, &size, '\0', in) > 0 ? strstr(delays.text, "\nseed ") : NULL;
	is_same = line && sscanf(line, " seed %15s %" SCNu32, kept, &delays.n_findings) == 2 && strcmp(kept, seed) == 0;
	if (is_same)
		*ret_delays = delays;
	else
		free(delays.text);
	if (in)
		fclose(in);
	free(path);
	return is_same;
}

static struct delays write_new(const struct verdict *verdict, const char *seed)
{
	struct delays delays;
	size_t size;
	FILE *out = open_memstream(&delays.text, &size);

	if (!out)
		abort();
	delays.n_findings = schedule_write_all(out, verdict);
	fprintf(out, "seed %s %" PRIu32 "\n", seed, delays.n_findings);
	fclose(out);
	return delays;
}

void delays_find(struct delays *ret_delays, const char *dir, char *const command[], const char *seed)
{
	static const struct verdict nothing;
	struct analysis analysis;
	char *path = (char *)dir, *why = NULL;
	bool is_readable = analysis_init(&analysis, &path, 1, &why) == 0;

	free(why);
	if (!is_readable || !is_of_command(analysis.session, command) || is_built_anew(analysis.session))
		*ret_delays = write_new(&nothing, seed);
	else if (!read_kept(ret_delays, dir, seed))
		*ret_delays = write_new(analysis.verdict, seed);
	if (is_readable)
		analysis_deinit(&analysis);
}

void delays_deinit(struct delays *delays)
{
	free(delays->text);
}

char *delays_keep(const struct delays *delays, const struct session_dir *dir)
{
	char *path = format_string("%s/" NAME, dir->path);
	FILE *out = fopen(path, "we");
	bool is_kept = out && fputs(delays->text, out) >= 0;

	if (out && fclose(out))
		is_kept = false;
	if (is_kept)
		return path;
	free(path);
	return NULL;
}

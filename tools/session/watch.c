/* SPDX-License-Identifier: MIT */
/* Runs a command under the shim, into a session folder, and watches it until it ends. */
#include "watch.h"

#include "../inspect/kept.h"
#include "complain.h"
#include "launch.h"
#include "locate.h"
#include "preload.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int watch_with_shim(int (*run)(void *context, const char *shim), void *context)
{
	char *shim = locate_shim(), *preload = shim ? preload_path(shim) : NULL;
	int status = EXIT_SNAG_FAILED;

	if (!shim)
		complain("libtrace.so: not found, neither beside this program nor in %s", SNAG_PREFIX "/" SNAG_SHIM_DIR);
	else if (!preload)
		complain("%s: a link to it without blanks or colons: %s", shim, strerror(errno));
	else
		status = run(context, preload);
	if (preload)
		preload_forget(preload, shim);
	free(shim);
	return status;
}

/* Starts the program.  0, or the exit status that says why it could not be. */
static int start(struct watch *watch, const char *shim)
{
	struct launch launch;
	int error;

	launch_init(&launch, watch->command, watch->is_foreign ? NULL : shim, watch->dir.path, watch->mode);
	if (watch->schedule)
		launch_add_option(&launch, "steer", watch->schedule);
	if (watch->seed)
		launch_add_option(&launch, "perturb", watch->seed);
	if (watch->variable)
		launch_add_option(&launch, "watch", watch->variable);
	launch.output = watch->output;
	launch.may_trace = watch->supervision.on_deadlock == DEADLOCK_GDB;
	launch.signals = &watch->signals;
	error = launch_start(&launch, &watch->supervision.child);
	launch_deinit(&launch);
	if (!error)
		return 0;
	complain("%s: %s", watch->command[0], strerror(error));
	if (watch->supervision.child < 0)
		return EXIT_SNAG_FAILED;
	return error == ENOENT ? EXIT_NOT_FOUND : EXIT_CANNOT_EXECUTE;
}

static void follow(struct watch *watch)
{
	supervision_watch(&watch->supervision);
	signals_restore(&watch->signals);
	/* Processes that hung and were not ended may have gone on. */
	if (watch->supervision.on_deadlock != DEADLOCK_END && !watch->supervision.has_timed_out)
		unlinkat(watch->dir.fd, KEPT_NAME, 0);
	if (session_dir_describe(&watch->dir, watch->command, watch->supervision.child, &watch->supervision.end))
		complain("%s/session.json: %s", watch->dir.path, strerror(errno));
}

int watch_program(struct watch *watch, const char *shim)
{
	int status;

	if (signals_init(&watch->signals) || supervision_init(&watch->supervision, &watch->dir, &watch->signals)) {
		complain("%s: cannot be watched: %s", watch->command[0], strerror(errno));
		return EXIT_SNAG_FAILED;
	}
	watch->has_begun = true;
	status = start(watch, shim);
	if (!status)
		follow(watch);
	return status;
}

void watch_deinit(struct watch *watch)
{
	free(watch->obstacle);
	watch->obstacle = NULL;
	if (!watch->has_begun)
		return;
	supervision_deinit(&watch->supervision);
	signals_deinit(&watch->signals);
	watch->has_begun = false;
}

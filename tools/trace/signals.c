/* SPDX-License-Identifier: MIT */
/* Names of signals.  glibc has sigabbrev_np() only since 2.32. */
#include "model.h"

#include <signal.h>

const char *signal_name(int signal)
{
#define NAME(signal) [signal] = #signal
	static const char *const names[] = {
		NAME(SIGHUP),	 NAME(SIGINT),	 NAME(SIGQUIT), NAME(SIGILL),	 NAME(SIGTRAP),	  NAME(SIGABRT), NAME(SIGBUS),
		NAME(SIGFPE),	 NAME(SIGKILL),	 NAME(SIGUSR1), NAME(SIGSEGV),	 NAME(SIGUSR2),	  NAME(SIGPIPE), NAME(SIGALRM),
		NAME(SIGTERM),	 NAME(SIGCHLD),	 NAME(SIGCONT), NAME(SIGSTOP),	 NAME(SIGTSTP),	  NAME(SIGTTIN), NAME(SIGTTOU),
		NAME(SIGURG),	 NAME(SIGXCPU),	 NAME(SIGXFSZ), NAME(SIGVTALRM), NAME(SIGPROF),	  NAME(SIGWINCH), NAME(SIGIO),
		NAME(SIGPWR),	 NAME(SIGSYS),
	};
#undef NAME

	return signal > 0 && (size_t)signal < sizeof(names) / sizeof(names[0]) ? names[signal] : NULL;
}

/* SPDX-License-Identifier: MIT */
/* The subcommands.  Each takes its own argv (argv[0] is "snag run" and so on) and returns an exit status. */
#ifndef SNAG_COMMAND_H
#define SNAG_COMMAND_H

int command_run(int argc, char **argv);
int command_merge(int argc, char **argv);
int command_diff(int argc, char **argv);
int command_init_ci(int argc, char **argv);
int command_confirm(int argc, char **argv);
int command_report(int argc, char **argv);
int command_explain(int argc, char **argv);
int command_gdb(int argc, char **argv);
int command_ps(int argc, char **argv);
int command_top(int argc, char **argv);

#endif

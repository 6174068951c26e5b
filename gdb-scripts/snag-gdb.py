# SPDX-License-Identifier: MIT
"""Loads Snag's commands into GDB: `source snag-gdb.py`, then `help snag`."""

import os
import re
import sys

import gdb


class Snag(gdb.Command):
    """Who waits for whom, and who holds what: Snag's commands for threads and locks."""

    def __init__(self) -> None:
        super().__init__("snag", gdb.COMMAND_STATUS, gdb.COMPLETE_NONE, True)

    def invoke(self, argument: str, from_tty: bool) -> None:
        """`snag` alone lists what there is."""
        if argument:
            raise gdb.GdbError(f'"{argument.split()[0]}" is no command of Snag; `help snag` lists them.')
        gdb.execute("help snag")


def _define_snag() -> None:
    """All commands; ImportError when not all of their files are beside this one."""
    from snag_gdb import (
        breakpoints,
        deadlock,
        freeze,
        functions,
        graph,
        history,
        holds,
        hwbreak,
        inversion,
        lockbreak,
        locks,
        order,
        stepping,
        threads,
        watch,
        who,
    )

    Snag()
    functions.define()
    for command in (
        breakpoints.Break,
        breakpoints.BreakDeadlock,
        deadlock.Deadlock,
        freeze.Freeze,
        freeze.Thaw,
        graph.Graph,
        history.History,
        holds.Holds,
        hwbreak.HwBreak,
        inversion.BreakInversion,
        lockbreak.BreakLock,
        locks.Locks,
        order.Order,
        stepping.Finish,
        stepping.Next,
        stepping.Step,
        threads.Threads,
        watch.Watch,
        who.Who,
    ):
        command()


def _load_snag() -> None:
    """Loads all that there is, or says in one sentence why not: an exception would show as a traceback."""
    version = re.search(r"\d+", gdb.VERSION)
    if version and int(version[0]) < 12:
        gdb.write(f"Snag needs GDB 12 or later, and this is {gdb.VERSION}.\n", gdb.STDERR)
        return
    # Not __file__: that is the script that sourced this one, if one did.
    folder = os.path.dirname(os.path.realpath(sys._getframe().f_code.co_filename))
    sys.path.insert(0, folder)
    try:
        _define_snag()
    except ImportError as error:
        gdb.write(f"Snag: {error}. Source the snag-gdb.py of the build folder, or the one that is installed.\n", gdb.STDERR)
    finally:
        sys.path.remove(folder)


_load_snag()

# SPDX-License-Identifier: MIT
"""snag break, snag break-deadlock: breakpoints for some threads, alive or still to come.

GDB's own `break ... thread N` cannot name a thread, nor mean one that is not born yet, and it is gone when the thread
ends.  These are breakpoints of GDB's with a condition about the thread that comes by, so `info breakpoints`, `delete`,
`condition`, `commands` and `save breakpoints` work on them, and they are there for the next `run`.
"""

import itertools
import os
import re
from typing import Dict, List, Union

import gdb

from . import arguments, command, inferior, meant, recording, table

# Option: the function that asks for it.
WHICH = {"thread": "snag_thread", "start": "snag_start", "created-at": "snag_created_at", "holding": "snag_holds"}
ON_DEADLOCK = "snag_on_deadlock"  # the shim calls this in the thread that closes a circle
ON_LOCK = "snag_on_lock"  # the shim calls this, where a stop of `snag break-lock` is meant
ON_CALL = "snag_on_breakpoint"  # ... and this, when snag_breakpoint() was called and a debugger is there
HEAD = ("Num", "Where", "Only", "Hits")


class Break(command.Action):
    """Set a breakpoint for some threads only, alive or still to come.
Usage: snag break LOCATION WHICH... [if CONDITION]

WHICH is one or more of these; all of them must be true:
  --thread THREAD         it has this number, this name, or a name like /REGEX/
  --start FUNCTION        it began in this function
  --created-at FILE:LINE  it was created there (known with Snag's shim)
  --holding LOCK          it holds this lock (without the shim: this mutex)

LOCK is an expression in the frame of LOCATION.  These are breakpoints of GDB's
with a condition: `info breakpoints`, `delete`, `commands`, `save breakpoints`
work on them, and they stay for the next `run`.  `snag break` alone lists them.
The other threads stop there, too, for a moment: GDB asks, and lets them go on."""

    NAME = "break"

    def act(self, argument: str, from_tty: bool) -> None:
        if not argument:
            command.write(_list())
            return
        place, _, condition = argument.partition(" if ")
        place, options = command.split_options(self.NAME, place, list(WHICH))
        if not options or not place:
            raise gdb.GdbError("snag break needs a location and which threads are meant; see `help snag break`.")
        gdb.execute(f"break {place} if {asked(options, condition)}", from_tty)

    def complete(self, text: str, word: str) -> Union[int, List[str]]:
        """What an option wants, or else a location."""
        return complete(text, word)


class BreakDeadlock(command.Action):
    """Stop in the thread that closes a deadlock, with the deadlock on the screen.
Usage: snag break-deadlock

Snag's shim notices a circle of waits the moment it closes, so the program must
run under it: `snag gdb -- COMMAND`.  `delete` removes the breakpoint."""

    NAME = "break-deadlock"

    def act(self, argument: str, from_tty: bool) -> None:
        if argument:
            raise gdb.GdbError("snag break-deadlock takes no argument.")
        if gdb.selected_inferior().pid and not recording.find(inferior.current())[0]:
            without = "This program runs without Snag's shim, which notices deadlocks"
            raise gdb.GdbError(f"{without}; use `snag gdb -- COMMAND`.")
        found = [each for each in gdb.breakpoints() if each.location == ON_DEADLOCK]
        if found:
            raise gdb.GdbError(f"Breakpoint {found[0].number} stops at deadlocks already.")
        breakpoint_ = gdb.Breakpoint(ON_DEADLOCK)  # pending, until the shim is loaded
        breakpoint_.commands = "silent\nsnag deadlock\n"


def complete(text: str, word: str) -> Union[int, List[str]]:
    """What an option wants that was begun, or else a location."""
    found = re.search(r"--([a-z-]+)[ =]+(\S*)$", text)
    completions = {"thread": meant.complete_thread, "holding": meant.complete_lock}
    return completions[found[1]](found[2], word) if found and found[1] in completions else gdb.COMPLETE_LOCATION


def asked(options: Dict[str, str], condition: str) -> str:
    """The options for threads, and a condition of the user's, as one condition of GDB's."""
    if "thread" in options:
        meant.spec(options["thread"])
    parts = [f"${WHICH[name]}({arguments.quoted(options[name])})" for name in WHICH if name in options]
    return " && ".join(parts + ([f"({condition})"] if condition else []))


def only(breakpoint_: gdb.Breakpoint) -> str:
    """The condition of a breakpoint, as the user gave it."""
    return (breakpoint_.condition or "").replace("$snag_", "")


def _list() -> str:
    """The breakpoints for some threads."""
    rows = [
        (str(each.number), each.location or "", only(each), str(each.hit_count))
        for each in gdb.breakpoints()
        if each.condition and "$snag_" in each.condition and each.location != ON_LOCK
    ]
    if not rows:
        return "There is no breakpoint for some threads only.\n"
    return table.table(HEAD, rows, command.screen_width())


def arrive() -> None:
    """A thread has called snag_breakpoint(): it returns from that, and is shown where it called."""
    gdb.execute("with confirm off -- return (int) 1", to_string=True)
    library_of = gdb.current_progspace().solib_name  # the functions of a stripped one have no names
    shim = library_of(gdb.newest_frame().pc())
    frames = inferior.frames_of(gdb.selected_thread())
    *_, called = itertools.takewhile(lambda frame: library_of(frame.pc()) == shim, frames)
    called.select()
    with inferior.this_thread_only():
        gdb.execute("finish", to_string=True)


def _expect_calls(objfile: gdb.Objfile) -> None:
    """Where the shim is, snag_breakpoint() can be."""
    is_shim = os.path.basename(objfile.filename or "").startswith("libtrace")
    if is_shim and not any(each.is_valid() for each in _arrivals):
        _arrivals[:] = [gdb.Breakpoint(ON_CALL, internal=True)]
        _arrivals[0].silent = True
        _arrivals[0].commands = f"silent\npython __import__('{__name__}').breakpoints.arrive()\n"


_arrivals: List[gdb.Breakpoint] = []
gdb.events.new_objfile.connect(lambda event: _expect_calls(event.new_objfile))
for _objfile in gdb.objfiles():
    _expect_calls(_objfile)

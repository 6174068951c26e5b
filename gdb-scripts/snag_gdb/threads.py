# SPDX-License-Identifier: MIT
"""snag threads: every thread, what it does, what it waits for, and what it holds."""

from . import command, document, meant, table
from .describe import Describer
from .snapshot import Thread

HEAD = ("  Id", "LWP", "Name", "State", "Holds", "Start", "Created at")


class Threads(command.Command):
    """List all threads: what each does or waits for, who has that, what it holds.
Usage: snag threads [--json]

A thread runs, sleeps in a system call, is frozen, or waits: for a lock (held by
whom, since when), for the end of another thread, for a condition variable, ...
Works on live processes and on cores.  Without Snag's shim, holders are known of
mutexes that somebody waits for, and what was earlier is not known: since when a
thread waits, and where it was created."""

    NAME = "threads"
    IS_BRIEF = True
    HAS_JSON = True

    def answer(self, describer: Describer, argument: str) -> str:
        rows = [_row(describer, thread) for thread in describer.snapshot.threads]
        return table.table(HEAD, rows, command.screen_width())

    def answer_json(self, describer: Describer, argument: str) -> dict:
        return document.document(describer, describer.snapshot.threads, describer.snapshot.graph.locks())


def _row(describer: Describer, thread: Thread):
    is_selected = thread.handle and meant.is_selected(describer.snapshot, thread)
    return (
        f"{'*' if is_selected else ' '} {thread.number}",
        str(thread.lwp),
        thread.name,
        describer.state(thread),
        ", ".join(describer.hold(hold) for hold in thread.holds),
        describer.start_routine(thread),
        describer.created_at(thread),
    )

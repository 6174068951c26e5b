# SPDX-License-Identifier: MIT
"""snag step, snag next, snag finish: one thread moves, and all others stay where they are.

A thread that moves alone may come to need a lock that one of the others holds, and would then sleep for ever.  While it
moves, somebody looks at it from outside; when it sleeps without an end it is interrupted, and the user is told why.
"""

from typing import List, Tuple

import gdb

from . import command, frozen, inferior, places
from .describe import Describer
from .sentry import Sentry
from .snapshot import Snapshot, Thread


class Step(command.Action):
    """Step this thread alone, into calls; all others stay where they are.
Usage: snag step [N]

Like `step`.  When the thread comes to need a lock that another one holds, it is
stopped, and Snag says which lock, who holds it, and what can be done."""

    NAME = "step"

    def act(self, argument: str, from_tty: bool) -> None:
        thread = gdb.selected_thread()
        if not thread or not inferior.is_live(gdb.selected_inferior()):
            raise gdb.GdbError("The program is not being run.")
        number = inferior.number_of(thread)
        if frozen.is_frozen(thread):
            raise gdb.GdbError(f"Thread {number} is frozen; `snag thaw {number}` lets it move.")
        frozen.let_others_out(thread)
        sentry = Sentry(thread)
        with inferior.this_thread_only(), sentry:
            gdb.execute(f"{self.NAME} {argument}", from_tty)
        if sentry.has_fired and thread.is_valid() and thread.is_stopped():
            command.write(need_of(thread)[0])
            select_way_out(thread)


class Next(Step):
    """Step this thread alone, over calls; all others stay where they are.
Usage: snag next [N]

Like `next`.  When the thread comes to need a lock that another one holds, it is
stopped, and Snag says which lock, who holds it, and what can be done."""

    NAME = "next"


class Finish(Step):
    """Run this thread alone until the selected frame returns.
Usage: snag finish

Like `finish`.  When the thread comes to need a lock that another one holds, it
is stopped, and Snag says which lock, who holds it, and what can be done."""

    NAME = "finish"


def need_of(handle: gdb.InferiorThread) -> Tuple[str, bool]:
    """What a thread needs that was stopped by a Sentry, and who has it; and whether one of those is frozen.

    Switches threads.
    """
    describer = Describer(Snapshot(), False)
    graph = describer.snapshot.graph
    thread = next(each for each in graph.threads if each.handle and each.handle.global_num == handle.global_num)
    owners = [owner for owner in graph.owners(thread.wait) if owner.handle] if thread.wait else []
    cold = [owner.number for owner in owners if frozen.is_frozen(owner.handle)]
    text = f"{command.capital(thread)} " + (_needs(describer, thread, owners) if thread.wait else "was interrupted")
    thawing = f"`snag thaw {' '.join(cold)}`, then " if cold else ""
    advice = f"{thawing}`finish` lets the others move, too, until {thread.brief} is back in its own code."
    return f"{text}, but no other thread moves.\n{advice}\n", bool(cold)


def _needs(describer: Describer, thread: Thread, owners: List[Thread]) -> str:
    text = f"needs {describer.lock(thread.wait.lock)}"
    text += f", which {describer.threads(owners)} holds" if owners else ""
    taken = [describer.taken_at(hold) for _, hold in describer.snapshot.graph.holders.get(thread.wait.lock, [])]
    return text + (f" (taken at {taken[0]})" if taken and taken[0] else "")


def select_way_out(handle: gdb.InferiorThread) -> bool:
    """Selects the outermost frame between a thread's call and the person's own code: `finish` then leads there.

    False when it is in that code already."""
    between = None
    for frame in inferior.frames_of(handle):
        if places.of_frame(frame).is_own:
            break
        between = frame
    if between:
        between.select()
    return bool(between)

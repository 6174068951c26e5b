# SPDX-License-Identifier: MIT
"""snag deadlock: the cycles of threads that wait for each other now, in words."""

from typing import List, Sequence

import gdb

from . import command, document
from .describe import Describer
from .snapshot import Snapshot, Thread

MAX_FRAMES = 8  # shown of each stack
MAX_SELECTED = 8  # threads whose lines are shown
MAX_LINES = 16  # of threads outside of the cycles


class Deadlock(command.Command):
    """Say which threads wait for each other in a circle: threads, locks, places.
Usage: snag deadlock [--json] [--select]

With --select, also shows the line at which each thread of the first circle
waits, and selects the first of these threads there.

A circle of waits is a deadlock: none of its threads can ever go on.  A wait
that ends by itself closes no circle.  Where all threads wait, but in no circle,
that is told, too.  Works on live processes and on cores.  Without Snag's shim,
mutexes, write locks and joins are seen."""

    NAME = "deadlock"
    HAS_JSON = True
    CAN_SELECT = True

    def answer(self, describer: Describer, argument: str) -> str:
        snapshot = describer.snapshot
        cycles = _lasting_cycles(snapshot)
        parts = [_cycle_text(describer, cycle, i, len(cycles)) for i, cycle in enumerate(cycles, 1)]
        behind = _lines(describer, "Behind it", snapshot.graph.behind() if cycles else [])
        orphans = _lines(describer, "Nobody can end this", snapshot.graph.orphans())
        parts.append(behind + orphans + ("" if cycles else _no_cycle(describer)))
        return "\n".join(filter(None, parts))

    def answer_json(self, describer: Describer, argument: str) -> dict:
        cycles = _lasting_cycles(describer.snapshot)
        return document.document(describer, [thread for cycle in cycles for thread in cycle], [], cycles)


    def select(self, describer: Describer) -> None:
        cycle = [thread for cycle in _lasting_cycles(describer.snapshot)[:1] for thread in cycle if thread.handle]
        for thread in reversed(cycle[:MAX_SELECTED]):
            command.write(f"\n{command.capital(thread)}{', selected' if thread == cycle[0] else ''}:\n")
            describer.select(thread)
            gdb.execute("frame")


def _lasting_cycles(snapshot: Snapshot) -> List[List[Thread]]:
    """The cycles; while threads run, only those that a second look shows, too."""
    cycles = snapshot.graph.cycles()
    if cycles and snapshot.is_moving:
        again = {_key(cycle) for cycle in Snapshot().graph.cycles()}
        cycles = [cycle for cycle in cycles if _key(cycle) in again]
    return cycles


def _key(cycle: Sequence[Thread]):
    return tuple((thread.tid, thread.wait.lock) for thread in cycle)


def _cycle_text(describer: Describer, cycle: Sequence[Thread], i: int, n: int) -> str:
    which = f"Deadlock {i} of {n}" if n > 1 else "Deadlock"
    what = f"{len(cycle)} threads wait for each other" if len(cycle) > 1 else "a thread waits for itself"
    return f"{which}: {what}.\n\n" + "\n".join(_thread_text(describer, thread) for thread in cycle)


def _thread_text(describer: Describer, thread: Thread) -> str:
    text = f"{command.capital(thread)} (LWP {thread.lwp}) {describer.wait(thread)}\n"
    text += _stack_text(describer, thread)
    for hold in thread.holds:
        taken, born = describer.taken_at(hold), describer.born(hold.lock)
        text += f"    holds {hold.lock.kind} {describer.hold(hold)}" + (f", taken at {taken}" if taken else "") + "\n"
        text += f"          {born}\n" if born else ""
    return text


def _stack_text(describer: Describer, thread: Thread) -> str:
    found = describer.waits_at(thread)
    lines = [f"    {'in  ' if i else 'at  '}{place}\n" for i, place in enumerate(found[:MAX_FRAMES])]
    if len(found) > MAX_FRAMES:
        lines.append(f"    ... {len(found) - MAX_FRAMES} more frames\n")
    return "".join(lines)


def _lines(describer: Describer, what: str, threads: Sequence[Thread]) -> str:
    lines = [f"{what}: {thread} {describer.wait(thread)}\n" for thread in threads[:MAX_LINES]]
    if len(threads) > MAX_LINES:
        lines.append(f"... {len(threads) - MAX_LINES} more threads like these\n")
    return "".join(lines)


def _no_cycle(describer: Describer) -> str:
    """Says that there is no deadlock, and what cannot be told."""
    snapshot = describer.snapshot
    threads = [thread for thread in snapshot.threads if thread.handle]
    waiting = [thread for thread in threads if thread.wait]
    endless = [thread for thread in waiting if not thread.wait.is_timed]
    if all(thread.call for thread in endless) and len(endless) == len(threads) and not snapshot.graph.orphans():
        return _standstill(describer, endless)
    ownerless = [thread for thread in endless if not snapshot.graph.owners(thread.wait)]
    text = f"No deadlock: no threads wait for each other in a circle ({len(waiting)} of {len(threads)} wait).\n"
    if ownerless:
        what = "something without an owner (a condition variable or the like)"
        text += f"Not judged: {len(ownerless)} of these, which wait for {what}.\n"
    return text


def _standstill(describer: Describer, threads: Sequence[Thread]) -> str:
    """All threads sleep in their waits."""
    who = f"all {len(threads)} threads wait" if len(threads) > 1 else "the only thread waits"
    text = f"Standstill: {who}, in no circle that Snag knows of, but no thread is left to end it.\n"
    text += "Only a signal handler or another process could.\n\n"
    return text + _lines(describer, "Waiting", threads)

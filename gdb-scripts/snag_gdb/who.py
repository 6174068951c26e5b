# SPDX-License-Identifier: MIT
"""snag who: who holds a lock, and who waits for it."""

from typing import List, Tuple

import gdb

from . import command, document, meant
from .describe import Describer
from .snapshot import Thread
from .waits import Hold, Lock


class Who(command.Command):
    """Say who holds a lock, where it was taken, and who waits for it.
Usage: snag who LOCK [--json]

LOCK is an expression for the lock, for an object that it lies in, or for a
pointer to either; or an address; or a name as `snag locks` shows it.  Works on
live processes and on cores.  Without Snag's shim, it works for mutexes, which
name their owner, and for other locks tells the waiters."""

    NAME = "who"
    TAKES_ARGUMENT = True
    HAS_JSON = True

    def answer(self, describer: Describer, argument: str) -> str:
        found = _locks(describer, argument)
        return "".join(_lock_text(describer, lock) for lock in found) or f"Nobody holds {argument} or waits for it.\n"

    def answer_json(self, describer: Describer, argument: str) -> dict:
        found = _locks(describer, argument)
        graph = describer.snapshot.graph
        holders = [thread for lock in found for thread, _ in graph.holders.get(lock, [])]
        waiters = [thread for lock in found for thread in graph.waiters.get(lock, [])]
        return document.document(describer, holders + waiters, found)

    def complete(self, text: str, word: str) -> List[str]:
        """Names of locks."""
        return meant.complete_lock(text, word)


def _locks(describer: Describer, text: str) -> List[Lock]:
    """The locks that are meant; a mutex that nobody waits for can be asked for its owner."""
    if not text:
        raise gdb.GdbError("snag who needs a lock: an expression, an address, or a name that `snag locks` shows.")
    found, around = meant.locks(describer, text)
    if not found and not around:
        raise gdb.GdbError(f'"{text}" is neither an expression for a lock here, nor the name of a lock in use.')
    if not found and not describer.snapshot.recording:
        found = describer.snapshot.add_mutex(around.start)
    return found


def _lock_text(describer: Describer, lock: Lock) -> str:
    graph = describer.snapshot.graph
    holders, waiters = graph.holders.get(lock, []), graph.waiters.get(lock, [])
    born = describer.born(lock)
    text = f"{lock.kind} {describer.lock_name(lock)}" + (f", {born}" if born else "") + "\n"
    text += "".join(_holder_text(describer, holder) for holder in holders) or "    nobody is known to hold it\n"
    return text + "".join(_waiter_text(describer, waiter) for waiter in waiters)


def _holder_text(describer: Describer, holder: Tuple[Thread, Hold]) -> str:
    thread, hold = holder
    taken, mode = describer.taken_at(hold), describer.hold(hold)[len(describer.lock_name(hold.lock)) :]
    return f"    held by {thread}{mode}" + (f", taken at {taken}" if taken else "") + "\n"


def _waiter_text(describer: Describer, thread: Thread) -> str:
    wait = thread.wait
    place, since = describer.waits_at(thread)[:1], describer.since(wait)
    text = f"    wanted by {thread}" + (" (to read)" if wait.mode == "read" else "")
    return text + (f" at {place[0]}" if place else "") + (f", since {since}" if since else "") + "\n"

# SPDX-License-Identifier: MIT
"""snag locks: every lock that somebody holds or waits for."""

from typing import List

from . import command, document, meant, table
from .describe import Describer
from .waits import Lock

HEAD = ("Kind", "Name", "Owner", "Waiters", "Taken at")


class Locks(command.Command):
    """List the locks that somebody holds or waits for.
Usage: snag locks [FILTER] [--json]

FILTER is a part of a lock's kind, name or address; only locks that have it are
listed.  Works on live processes and on cores.  Without Snag's shim, these are
the locks that somebody waits for."""

    NAME = "locks"
    TAKES_ARGUMENT = True
    HAS_JSON = True

    def answer(self, describer: Describer, argument: str) -> str:
        found = _filtered(describer, argument)
        if not describer.snapshot.graph.locks():
            return _nothing(describer)
        if not found:
            return f'No lock that is held or waited for has "{argument}" in its name.\n'
        return table.table(HEAD, [_row(describer, lock) for lock in found], command.screen_width())

    def answer_json(self, describer: Describer, argument: str) -> dict:
        return document.document(describer, [], _filtered(describer, argument))

    def complete(self, text: str, word: str) -> List[str]:
        """Names of locks."""
        return meant.complete_lock(text, word)


def _filtered(describer: Describer, text: str) -> List[Lock]:
    locks = describer.snapshot.graph.locks()
    return [lock for lock in locks if text in f"{describer.lock(lock)} {lock.address:#x}"]


def _nothing(describer: Describer) -> str:
    if describer.snapshot.recording:
        return "No lock is held, and nobody waits for one.\n"
    return "Nobody waits for a lock.  Locks that are merely held are known only with Snag's shim.\n"


def _row(describer: Describer, lock: Lock):
    graph = describer.snapshot.graph
    holders = graph.holders.get(lock, [])
    return (
        lock.kind,
        ", ".join(filter(None, (describer.lock_name(lock), describer.born(lock)))),
        describer.threads([thread for thread, _ in holders]),
        describer.threads(graph.waiters.get(lock, [])),
        ", ".join(filter(None, (describer.taken_at(hold) for _, hold in holders))),
    )

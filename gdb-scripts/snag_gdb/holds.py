# SPDX-License-Identifier: MIT
"""snag holds: the locks that a thread holds, where it took them, and who waits for them."""

from typing import List

from . import command, document, meant
from .describe import Describer
from .snapshot import Thread
from .waits import Hold


class Holds(command.Command):
    """Say which locks a thread holds, where it took them, and who waits for them.
Usage: snag holds [THREAD] [--json]

THREAD is a number, a name, or a /regular expression/ for names; without it, the
selected thread is meant.  Works on live processes and on cores.  Without Snag's
shim, only mutexes that somebody waits for are known."""

    NAME = "holds"
    TAKES_ARGUMENT = True
    HAS_JSON = True

    def answer(self, describer: Describer, argument: str) -> str:
        found = meant.threads(describer.snapshot, argument)
        return "\n".join(_thread_text(describer, thread) for thread in found)

    def answer_json(self, describer: Describer, argument: str) -> dict:
        found = meant.threads(describer.snapshot, argument)
        return document.document(describer, found, [hold.lock for thread in found for hold in thread.holds])

    def complete(self, text: str, word: str) -> List[str]:
        """Names of threads."""
        return meant.complete_thread(text, word)


def _thread_text(describer: Describer, thread: Thread) -> str:
    n = len(thread.holds)
    what = f"holds {n} lock{'s' if n > 1 else ''}:" if n else "holds no lock that Snag knows of."
    return f"{command.capital(thread)} {what}\n" + "".join(_hold_text(describer, hold) for hold in thread.holds)


def _hold_text(describer: Describer, hold: Hold) -> str:
    taken, born = describer.taken_at(hold), describer.born(hold.lock)
    waiters = describer.snapshot.graph.waiters.get(hold.lock, [])
    text = f"    {hold.lock.kind} {describer.hold(hold)}" + (f", taken at {taken}" if taken else "") + "\n"
    text += f"          {born}\n" if born else ""
    return text + (f"          wanted by {describer.threads(waiters)}\n" if waiters else "")

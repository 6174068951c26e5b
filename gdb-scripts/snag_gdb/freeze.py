# SPDX-License-Identifier: MIT
"""snag freeze, snag thaw: keep some threads from moving while the others do."""

from typing import List

import gdb

from . import arguments, command, frozen, inferior, meant
from .snapshot import Snapshot, Thread


class Freeze(command.Action):
    """Keep threads from moving while the others do.
Usage: snag freeze THREAD...

THREAD is a number, a name, or a /regular expression/ for names.  Frozen threads
stay where they are over `continue`, `step` and so on, until `snag thaw`.  Their
locks stay held.  A signal handler still runs in them, and thaws them; and in
non-stop mode, `continue` and `continue -a` do."""

    NAME = "freeze"

    def act(self, argument: str, from_tty: bool) -> None:
        if not argument:
            raise gdb.GdbError("snag freeze needs to know which threads: numbers, names, or /regular expressions/.")
        with inferior.kept_selection():
            for thread in _meant(argument):
                command.write(_freeze(thread))

    def complete(self, text: str, word: str) -> List[str]:
        """Names of threads."""
        return meant.complete_thread(text.rpartition(" ")[2], word)


class Thaw(command.Action):
    """Let frozen threads move again.
Usage: snag thaw [THREAD]...

THREAD is a number, a name, or a /regular expression/ for names; without it, all
frozen threads are meant.  They move when the program does."""

    NAME = "thaw"

    def act(self, argument: str, from_tty: bool) -> None:
        with inferior.kept_selection():
            if not frozen.threads():
                command.write("No thread is frozen.\n")
                return
            for thread in _meant(argument or "/^/"):
                if frozen.is_frozen(thread.handle):
                    frozen.thaw(thread.handle)
                    command.write(f"{command.capital(thread)} can move again.\n")
                elif argument:
                    command.write(f"{command.capital(thread)} is not frozen.\n")

    def complete(self, text: str, word: str) -> List[str]:
        """Names of threads."""
        return meant.complete_thread(text.rpartition(" ")[2], word)


def _freeze(thread: Thread) -> str:
    if frozen.is_frozen(thread.handle):
        return f"{command.capital(thread)} is frozen already.\n"
    if thread.handle.is_running() and not gdb.parameter("non-stop"):
        return f"{command.capital(thread)} runs; `interrupt` it first.\n"
    frozen.freeze(thread.handle)
    return f"{command.capital(thread)} is frozen.\n"


def _meant(argument: str) -> List[Thread]:
    snapshot = Snapshot()
    found = [thread for text in arguments.words(argument) for thread in meant.threads(snapshot, text)]
    return list({thread.tid: thread for thread in found}.values())

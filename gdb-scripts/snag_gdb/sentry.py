# SPDX-License-Identifier: MIT
"""Looks, from outside, at a thread that moves alone.

It may come to need a lock that one of the others holds, and would then sleep for ever, and GDB with it.
"""

import threading
from typing import List, Optional

import gdb

from . import inferior, words

LOOK_S = 0.02  # between two looks at the moving thread
MANY_LOOKS = 5  # that find it asleep in the same call, until it is believed


class Sentry:
    """Looks at a thread that moves alone, and interrupts it when it sleeps without an end."""

    def __init__(self, thread: gdb.InferiorThread):
        self.has_fired = False
        self._path = f"/proc/{thread.inferior.pid}/task/{thread.ptid[1]}/syscall"
        self._machine = words.MACHINES.get(inferior.architecture(thread.inferior))
        self._is_over = threading.Event()
        self._watch = threading.Thread(target=self._look, daemon=True)
        is_alone = all(each is thread or not each.is_running() for each in thread.inferior.threads())
        self._is_useful = bool(self._machine) and inferior.is_live_here(thread.inferior) and is_alone

    def __enter__(self) -> "Sentry":
        if self._is_useful:
            self._watch.start()
        return self

    def __exit__(self, *_) -> None:
        self._is_over.set()
        if self._is_useful:
            self._watch.join()

    def _look(self) -> None:
        last, n = None, 0
        while not self._is_over.wait(LOOK_S):
            call = self._endless_call()
            n = n + 1 if call and call == last else 0
            last = call
            if n == MANY_LOOKS:
                gdb.post_event(self._fire)
                return

    def _endless_call(self) -> Optional[List[str]]:
        """The futex call without a timeout that the thread sleeps in."""
        try:
            with open(self._path, encoding="ascii") as file:
                found = file.read().split()
        except OSError:
            return None
        if len(found) != 9 or found[0] != str(self._machine.futex) or int(found[4], 16):
            return None
        return found if int(found[2], 16) & words.COMMAND_MASK in words.WAITS else None

    def _fire(self) -> None:
        if not self._is_over.is_set():
            self.has_fired = True
            gdb.execute("interrupt")

# SPDX-License-Identifier: MIT
"""Convenience functions about the selected thread, for GDB's conditions and expressions.

They are asked at every pass of a breakpoint, in whatever thread comes by: they look at that thread alone, where that
is possible, and raise an error (GDB then stops) only when the question itself makes no sense.
"""

from typing import Callable, Dict

import gdb

from . import inferior, meant, places, recording, words
from .arguments import ThreadSpec
from .describe import Describer
from .snapshot import Snapshot

MAX_SCANNED = 1024  # bytes of an object that is looked through for a mutex

Question = Callable[[gdb.InferiorThread, str], int]


class Function(gdb.Function):
    """A function with one string as argument, about the selected thread; its docstring is its help."""

    def __init__(self, name: str, question: Question):
        self.__doc__ = question.__doc__
        self._question = question
        super().__init__(name)

    def invoke(self, text: gdb.Value) -> int:
        """Called by GDB."""
        thread = gdb.selected_thread()
        if not thread or not thread.is_valid():
            return 0
        return int(self._question(thread, text.string()))


def is_meant(thread: gdb.InferiorThread, text: str) -> bool:
    """Whether the selected thread is the one meant: a number, a name, or a /regex/.
Usage: $snag_thread("worker")"""
    try:
        return ThreadSpec(text).matches(inferior.number_of(thread), thread.name or "")
    except ValueError as error:
        raise gdb.GdbError(str(error)) from None


def holds(thread: gdb.InferiorThread, text: str) -> bool:
    """Whether the selected thread holds a lock: an expression, or an address.
Usage: $snag_holds("accounts[3].lock")

Without Snag's shim, this is known of mutexes only."""
    area = _area(text)
    recorded = recording.find_live(gdb.selected_inferior())
    if recorded:
        slot = recorded.slot_of(_tid(thread))
        return bool(slot) and any(area.start <= hold.address < area.end for hold in recorded.holds(slot))
    tid = _tid(thread)
    addresses = range(area.start, min(area.end, area.start + MAX_SCANNED), 8)
    mutexes = (words.mutex_at(address, {tid}, inferior.read_memory) for address in addresses)
    return any(mutex and mutex.owner == tid for mutex in mutexes)


def waiters(thread: gdb.InferiorThread, text: str) -> int:
    """How many threads wait for a lock: an expression, or an address.
Usage: $snag_waits("accounts[3].lock")"""
    area = _area(text)
    with inferior.kept_selection():
        waiting = Snapshot().graph.waiters
    return sum(len(found) for lock, found in waiting.items() if area.covers(lock))


def started_in(thread: gdb.InferiorThread, text: str) -> bool:
    """Whether the selected thread began in a function.
Usage: $snag_start("worker_main")"""
    recorded = recording.find_live(gdb.selected_inferior())
    slot = recorded.slot_of(_tid(thread)) if recorded else None
    names = [places.of_pc(slot.start_routine, is_return=False).function] if slot and slot.start_routine else []
    own = places.own(places.of_frame(frame) for frame in inferior.frames_of(thread))
    names += [place.function for place in own[-1:]]
    return any(name == text or name.endswith("::" + text) for name in names)


def created_at(thread: gdb.InferiorThread, text: str) -> bool:
    """Whether the selected thread was created at a place of the code.
Usage: $snag_created_at("server.c:88")

This is known only with Snag's shim."""
    recorded = recording.find_live(gdb.selected_inferior())
    if not recorded:
        raise gdb.GdbError("where a thread was created is known only with Snag's shim; use `snag gdb -- COMMAND`")
    slot = recorded.slot_of(_tid(thread))
    stack = recorded.stack(slot.create_stack) if slot else None
    return any(f"{place.file}:{place.line}" == text for place in places.of_stack(stack, recorded))


QUESTIONS: Dict[str, Question] = {
    "snag_thread": is_meant,
    "snag_holds": holds,
    "snag_waits": waiters,
    "snag_start": started_in,
    "snag_created_at": created_at,
}


def define() -> None:
    """Makes them known to GDB."""
    for name, question in QUESTIONS.items():
        Function(name, question)


def _area(text: str) -> meant.Area:
    found = meant.area(text)
    if found:
        return found
    with inferior.kept_selection():
        _, found = meant.locks(Describer(Snapshot(), True), text)
    if not found:
        raise gdb.GdbError(f'"{text}" is no expression for a lock here')
    return found


def _tid(thread: gdb.InferiorThread) -> int:
    return inferior.tid_inside(thread.inferior, thread.ptid[1])

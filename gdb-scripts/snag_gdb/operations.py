# SPDX-License-Identifier: MIT
"""Every operation, out of the chunks of a full recording.  Plain Python, never imports gdb.

A thread writes in pieces, each in one chunk; trace_rows.h says what the short records mean.  Here only the newest chunks
are looked at: what a thread holds from before is not known, nor what it then gives back by a short record.
"""

from typing import Dict, Iterable, Iterator, List, NamedTuple, Optional, Tuple

from . import layout, read

RECORD = read.Struct(layout.FULL_RECORD)
HEAD_SIZE = 4  # of a record; all of a short one


class Operation(NamedTuple):
    """What a thread did; no earlier than `since_ns` of CLOCK_MONOTONIC, 0 unknown."""

    thread: int
    op: int
    object: int
    stack: int
    sequence: int
    since_ns: int


class Record(NamedTuple):
    """One record as it is written; of a short one the last three are 0."""

    op: int
    flags: int
    form: int
    entry: int
    steps: int
    object: int
    stack: int
    sequence: int


class Pieces:
    """What all threads wrote."""

    def __init__(self, order: str):
        self._order = order
        self._pieces: Dict[Tuple[int, int], List[Record]] = {}  # by thread, and number in its life

    def add(self, data: bytes) -> None:
        """Takes in what a chunk has behind its header."""
        piece: List[Record] = []
        for record in self._records(data):
            if record.op == layout.FULL_OWNER:
                piece = self._pieces.setdefault((record.object, record.stack), [])
            else:
                piece.append(record)

    def operations(self) -> List[Operation]:
        """Those of each thread in its order."""
        writers: Dict[int, Writer] = {}
        found: List[Operation] = []
        for thread, number in sorted(self._pieces):
            writer = writers.setdefault(thread, Writer(thread))
            found += writer.operations(self._pieces[thread, number])
        return found

    def _records(self, data: bytes) -> Iterator[Record]:
        """Up to the first one that is not there, or cut."""
        at = 0
        while at + HEAD_SIZE <= len(data):
            head = int.from_bytes(data[at : at + HEAD_SIZE], "little" if self._order == "<" else "big")
            form = head >> layout.FULL_FORM_SHIFT & 3
            size = HEAD_SIZE if form == layout.FULL_AGAIN else RECORD.size
            if head & 15 == layout.FULL_NONE or at + size > len(data):
                return
            rest = RECORD.unpack(self._order, data, at)[1:] if size == RECORD.size else (0, 0, 0)
            yield Record(head & 15, head >> layout.FULL_FLAGS_SHIFT & 3, form,
                         head >> layout.FULL_ENTRY_SHIFT & layout.FULL_ENTRIES - 1, head >> layout.FULL_STEP_SHIFT, *rest)
            at += size


class Writer:
    """A thread, whose pieces are read one after the other."""

    def __init__(self, thread: int):
        self._thread = thread
        self._held: List[Record] = []  # by what it was acquired, the oldest first

    def operations(self, piece: Iterable[Record]) -> Iterator[Operation]:
        """What it did in its next piece."""
        entries: Dict[int, Record] = {}
        now = 0
        for record in piece:
            if record.op == layout.FULL_TIME:
                now = record.object | record.stack << 32
                continue
            whole = self._whole(record, entries)
            if whole and layout.FULL_ACQUIRE <= whole.op < layout.FULL_END and whole.object:
                yield Operation(self._thread, whole.op, whole.object, whole.stack, whole.sequence, now)
                yield from self._followed(whole, now)

    def _whole(self, record: Record, entries: Dict[int, Record]) -> Optional[Record]:
        """A record with all that its form leaves out; None when that is not known."""
        if record.op == layout.FULL_RELEASE_HELD:
            held = self._newest(lambda each: each.entry == record.entry)
            return held and held._replace(op=layout.FULL_RELEASE, flags=0, stack=0)
        if record.form == layout.FULL_AGAIN:
            known = entries.get(record.entry)
            record = known and record._replace(object=known.object, stack=known.stack,
                                               sequence=known.sequence + record.steps)
        if record and record.form in (layout.FULL_AGAIN, layout.FULL_FIRST):
            entries[record.entry] = record
        return record

    def _followed(self, whole: Record, now: int) -> Iterator[Operation]:
        """Keeps in mind what is held; the release that has no record of its own."""
        if whole.op == layout.FULL_ACQUIRE and whole.flags & layout.FULL_RELEASED:
            yield Operation(self._thread, layout.FULL_RELEASE, whole.object, 0, whole.sequence, now)
        elif whole.op == layout.FULL_ACQUIRE:
            self._held.append(whole)
        elif whole.op == layout.FULL_RELEASE:
            held = self._newest(lambda each: each.object == whole.object)
            if held:
                self._held.remove(held)

    def _newest(self, is_meant) -> Optional[Record]:
        return next(filter(is_meant, reversed(self._held)), None)

# SPDX-License-Identifier: MIT
"""Every operation, out of the chunks of a full recording.  Plain Python, never imports gdb.

A thread writes in pieces, each in one chunk; trace_rows.h says what the short records mean.  Here only the newest chunks
are looked at: what a thread holds from before is not known, nor what it then gives back by a short record.  Of a thread that
uses very many locks some are not known either, when a piece before the newest ones has named them.
"""

from typing import Dict, Iterable, Iterator, List, NamedTuple, Tuple

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
    form: int
    entry: int
    steps: int
    n_released: int
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
            if record.op == layout.FULL_OWNER and record.form == layout.FULL_WHOLE:
                piece = self._pieces.setdefault((record.object, record.stack), [])
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
            size = HEAD_SIZE if form in (layout.FULL_AGAIN, layout.FULL_NESTED) else RECORD.size
            if head & 15 == layout.FULL_NONE or at + size > len(data):
                return
            yield record_of(head, form, RECORD.unpack(self._order, data, at)[1:] if size == RECORD.size else (0, 0, 0))
            at += size


def record_of(head: int, form: int, rest: Iterable[int]) -> Record:
    """A record by its first word, and what there is of others."""
    op, n_released, upper = head & 15, 0, 0
    steps = head >> layout.FULL_STEP_SHIFT
    if form == layout.FULL_NESTED:
        op, n_released, upper = layout.FULL_ACQUIRE, op - 1, head >> layout.FULL_MODE_SHIFT & 15
    elif form == layout.FULL_FIRST:
        upper = steps & 15
    lower = head >> layout.FULL_ENTRY_SHIFT & (1 << layout.FULL_ENTRY_BITS) - 1
    return Record(op, form, upper << layout.FULL_ENTRY_BITS | lower, steps, n_released, *rest)


class Writer:
    """A thread, whose pieces are read one after the other."""

    def __init__(self, thread: int):
        self._thread = thread
        self._held: List[Record] = []  # by what it was acquired, the oldest first
        self._entries: Dict[int, Record] = {}
        self._next_piece = 0

    def operations(self, piece: List[Record]) -> Iterator[Operation]:
        """What it did in its next piece."""
        owner, now = piece[0], 0
        if owner.stack != self._next_piece:
            self._held = []
        if not owner.steps or owner.stack != self._next_piece:
            self._entries = {}
        self._next_piece = owner.stack + 1
        for record in piece[1:]:
            if record.op == layout.FULL_TIME:
                now = record.object | record.stack << 32
            elif layout.FULL_ACQUIRE <= record.op <= layout.FULL_RELEASE_NEWEST:
                yield from self._told(record, now)

    def _told(self, record: Record, now: int) -> Iterator[Operation]:
        """What a record says, as far as it is known what that is about; keeps in mind what is held."""
        whole = self._whole(record)
        released = []
        if whole.op == layout.FULL_ACQUIRE:
            self._held.append(whole)
            released = [self._held.pop() for _ in range(min(record.n_released, len(self._held)))]
        elif record.op == layout.FULL_RELEASE:
            self._let_go(whole.object)
        releases = [each._replace(op=layout.FULL_RELEASE, stack=0) for each in released]
        for each in [whole] + releases:
            if each.object and each.op != layout.FULL_END:
                yield Operation(self._thread, each.op, each.object, each.stack, each.sequence, now)

    def _whole(self, record: Record) -> Record:
        """A record with all that its form leaves out; without an object when that is not known."""
        if record.op == layout.FULL_RELEASE_NEWEST:
            return self._held.pop()._replace(op=layout.FULL_RELEASE, stack=0) if self._held else record
        if record.form in (layout.FULL_AGAIN, layout.FULL_NESTED):
            known = self._entries.get(record.entry)
            if not known:
                return record
            record = record._replace(object=known.object, stack=known.stack, sequence=known.sequence + record.steps)
        if record.form != layout.FULL_WHOLE:
            self._entries[record.entry] = record
        return record

    def _let_go(self, lock: int) -> None:
        for i in reversed(range(len(self._held))):
            if self._held[i].object == lock:
                del self._held[i]
                return

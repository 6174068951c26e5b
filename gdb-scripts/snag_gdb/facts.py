# SPDX-License-Identifier: MIT
"""What the recording says that threads did: new dependencies, and with full recording every operation.

Plain Python but for the names of kinds; like all of read.py it believes nothing.
"""

from typing import Dict, List, NamedTuple, Optional, Tuple

from . import layout, read
from .snapshot import KINDS
from .waits import Lock

MAX_FULL_CHUNKS = 16  # the newest ones: some 260,000 operations

DEP = read.Struct(layout.DEP)
HELD = read.Struct(layout.HELD)
FULL = read.Struct(layout.FULL_RECORD)
HEAD_SIZE = 4  # of a record; all of a short one


class Dependency(NamedTuple):
    """A thread did something for the first time; locks and stacks by number, `held` the oldest first."""

    thread: int
    op: int
    mode: int
    object: int
    stack: int
    held: Tuple[tuple, ...]


class Operation(NamedTuple):
    """One operation of a full recording."""

    thread: int
    op: int
    object: int
    stack: int
    sequence: int


class FullRecord(NamedTuple):
    """One record of it, whole."""

    op: int
    flags: int
    object: int
    stack: int
    sequence: int


class Facts(read.Recording):
    """A recording with what happened in it."""

    def __init__(self, reader: read.ReadFile):
        super().__init__(reader)
        self._dependencies: List[Dependency] = []
        self._locks: Dict[int, Lock] = {}
        self.has_older = False  # operations that operations() did not look at

    def new_dependencies(self) -> List[Dependency]:
        """Those that were written since the last look."""
        self._scan()
        found, self._dependencies = self._dependencies, []
        return found

    def lock(self, number: int) -> Lock:
        """A lock by its number in the recording."""
        self._scan_once()
        return self._locks.get(number, Lock("lock", 0))

    def operations(self) -> List[Operation]:
        """The newest operations, those of one thread in its order."""
        pieces: Dict[Tuple[int, int], List[Operation]] = {}
        heads = [(chunk, self._head(chunk)) for chunk in range(self._n_chunks())]
        full = [(chunk, head) for chunk, head in heads if head and head.kind == layout.CHUNK_FULL]
        self.has_older = len(full) > MAX_FULL_CHUNKS
        for chunk, head in full[-MAX_FULL_CHUNKS:]:
            self._read_pieces(chunk, head.committed, pieces)
        return [operation for key in sorted(pieces) for operation in pieces[key]]

    def _read_pieces(self, chunk: int, committed: int, pieces: Dict[Tuple[int, int], List[Operation]]) -> None:
        size = min(committed, layout.TRACE_CHUNK_SIZE - read.CHUNK.size)
        data = self._read(read.chunk_offset(chunk) + read.CHUNK.size, size) if size else b""
        piece: List[Operation] = []
        thread = at = 0
        entries: Dict[int, FullRecord] = {}
        while at + HEAD_SIZE <= len(data or b""):
            record, size = self._read_full(data, at, entries)
            if not record:
                return
            at += size
            if record.op == layout.FULL_OWNER:
                thread = record.object
                entries = {}
                piece = pieces.setdefault((thread, record.stack), [])
            elif layout.FULL_ACQUIRE <= record.op < layout.FULL_END and record.object:
                piece.append(Operation(thread, record.op, record.object, record.stack, record.sequence))
                if record.flags & layout.FULL_RELEASED:
                    piece.append(Operation(thread, layout.FULL_RELEASE, record.object, 0, record.sequence))

    def _read_full(self, data: bytes, at: int, entries: Dict[int, FullRecord]) -> Tuple[Optional[FullRecord], int]:
        """The record at an offset, whatever its form, and its size; None when there is none."""
        head = int.from_bytes(data[at:at + HEAD_SIZE], "little" if self.order == "<" else "big")
        op, flags = head & 15, head >> layout.FULL_FLAGS_SHIFT & 3
        form, entry = head >> layout.FULL_FORM_SHIFT & 3, head >> layout.FULL_ENTRY_SHIFT & layout.FULL_ENTRIES - 1
        if not op or (form != layout.FULL_AGAIN and at + FULL.size > len(data)):
            return None, 0
        if form == layout.FULL_AGAIN:
            known = entries.get(entry, FullRecord(0, 0, 0, 0, 0))
            if op == layout.FULL_RELEASE_HELD:
                return known._replace(op=layout.FULL_RELEASE, flags=0, stack=0), HEAD_SIZE
            record = known._replace(op=op, flags=flags, sequence=known.sequence + (head >> layout.FULL_STEP_SHIFT))
        else:
            whole = FULL.unpack(self.order, data, at)
            record = FullRecord(op, flags, whole.object, whole.stack, whole.sequence)
        if form in (layout.FULL_AGAIN, layout.FULL_FIRST):
            entries[entry] = record
        return record, HEAD_SIZE if form == layout.FULL_AGAIN else FULL.size

    def _define_lock(self, data: bytes) -> None:
        self._define_object(data)
        found = read.OBJECT.unpack(self.order, data)
        self._locks[found.id] = Lock(KINDS.get(found.kind, "lock"), found.address)

    def _define_dependency(self, data: bytes) -> None:
        dep = DEP.unpack(self.order, data)
        n = min(dep.n_held, (len(data) - DEP.size) // HELD.size)
        held = tuple(HELD.unpack(self.order, data, DEP.size + i * HELD.size) for i in range(n))
        thread = read.RECORD.unpack(self.order, data).thread
        self._dependencies.append(Dependency(thread, dep.op, dep.mode, dep.object, dep.stack, held))

    DEFINE = {**read.Recording.DEFINE, layout.RECORD_OBJECT: _define_lock, layout.RECORD_DEP: _define_dependency}

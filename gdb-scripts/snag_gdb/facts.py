# SPDX-License-Identifier: MIT
"""What the recording says that threads did: new dependencies, and with full recording every operation.

Plain Python but for the names of kinds; like all of read.py it believes nothing.
"""

from typing import Dict, List, NamedTuple, Tuple

from . import layout, read
from .operations import Operation, Pieces
from .snapshot import KINDS
from .waits import Lock

MAX_FULL_CHUNKS = 16  # the newest ones: some 260,000 operations

DEP = read.Struct(layout.DEP)
HELD = read.Struct(layout.HELD)


class Dependency(NamedTuple):
    """A thread did something for the first time; locks and stacks by number, `held` the oldest first."""

    thread: int
    op: int
    mode: int
    object: int
    stack: int
    held: Tuple[tuple, ...]


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
        heads = [(chunk, self._head(chunk)) for chunk in range(self._n_chunks())]
        full = [(chunk, head) for chunk, head in heads if head and head.kind == layout.CHUNK_FULL]
        self.has_older = len(full) > MAX_FULL_CHUNKS
        pieces = Pieces(self.order)
        for chunk, head in full[-MAX_FULL_CHUNKS:]:
            size = min(head.committed, layout.TRACE_CHUNK_SIZE - read.CHUNK.size)
            pieces.add((self._read(read.chunk_offset(chunk) + read.CHUNK.size, size) if size else None) or b"")
        return pieces.operations()

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

# SPDX-License-Identifier: MIT
"""The trace file as the shim has it mapped: its live table and its definitions.  Plain Python, never imports gdb.

A Recording is given one function that reads bytes at an offset of the file, be that the memory of a process, a core, or
the file on disk.  Nothing that comes out of it is believed: magic, version and byte order are checked once, each count
and offset against what can be read, and loops have limits.
"""

import struct
from collections import namedtuple
from typing import Callable, Dict, Iterator, List, NamedTuple, Optional, Tuple

from . import layout

MAX_CHUNKS = 4096  # looked through for definitions: 256 MiB
MAX_HOLDS = 4096  # of one thread

ReadFile = Callable[[int, int], Optional[bytes]]


class Struct:
    """One struct of the format, unpacked into a named tuple; bytes and arrays stay bytes."""

    CODES = {1: "B", 2: "H", 4: "I", 8: "Q"}

    def __init__(self, described):
        name, self.size, fields = described
        at, code = 0, ""
        for _, offset, size in fields:
            code += f"{offset - at}x" + self.CODES.get(size, f"{size}s")
            at = offset + size
        self.tuple = namedtuple(name, [field for field, _, _ in fields])
        self.packed = {order: struct.Struct(order + code) for order in "<>"}

    def unpack(self, order: str, data: bytes, offset: int = 0):
        """The struct at an offset; struct.error when it is cut."""
        return self.tuple._make(self.packed[order].unpack_from(data, offset))


HEADER = Struct(layout.TRACE_HEADER)
CHUNK = Struct(layout.CHUNK_HEADER)
SLOT = Struct(layout.LIVE_SLOT)
HOLD = Struct(layout.LIVE_HOLD)
RECORD = Struct(layout.RECORD_HEADER)
MODULE = Struct(layout.MODULE)
MODULE_GONE = Struct(layout.MODULE_GONE)
STACK = Struct(layout.STACK)
OBJECT = Struct(layout.OBJECT)
LOCK_NAME = Struct(layout.LOCK_NAME)
FILE = Struct(layout.FILE)


class Stack(NamedTuple):
    """Return addresses, innermost first."""

    pcs: Tuple[int, ...]
    epoch: int
    is_cut: bool


class Module(NamedTuple):
    """A loaded file; `gone_epoch` is None while it is loaded."""

    path: str
    bias: int
    start: int
    end: int
    epoch: int
    gone_epoch: Optional[int]

    def covers(self, pc: int, epoch: int) -> bool:
        """Whether a pc of a stack of that epoch lies in it."""
        is_there = self.epoch <= epoch and (self.gone_epoch is None or epoch < self.gone_epoch)
        return is_there and self.start <= pc < self.end


class File(NamedTuple):
    """The bytes of a file in which an object lies, or on which it is a lock; size 0 to its end."""

    path: str
    offset: int
    size: int


class Recording:
    """A trace file; ValueError when it is none, or one of another version."""

    def __init__(self, read: ReadFile):
        self._read = read
        data = read(0, HEADER.size)
        if not data or len(data) != HEADER.size or not data.startswith(layout.TRACE_MAGIC):
            raise ValueError("no trace file is there")
        self.order = "<" if HEADER.unpack("<", data).byte_order == 0x01020304 else ">"
        self.header = HEADER.unpack(self.order, data)
        if self.header.version != layout.TRACE_VERSION:
            raise ValueError(f"its format is version {self.header.version}, Snag's is {layout.TRACE_VERSION}")
        sizes = (layout.TRACE_HEADER_SIZE, layout.TRACE_CHUNK_SIZE, layout.TRACE_SLOT_SIZE)
        if (self.header.header_size, self.header.chunk_size, self.header.slot_size) != sizes:
            raise ValueError("its parts have other sizes than its version says")
        self._scanned: Dict[int, int] = {}
        self._stacks: Dict[int, Stack] = {}
        self._objects: Dict[Tuple[int, int], tuple] = {}
        self._modules: Dict[int, Module] = {}
        self._names: Dict[int, Tuple[int, str]] = {}  # by address: generation, and what the program calls it
        self._files: Dict[int, File] = {}  # by number of the object
        self.is_capped = False

    def slots(self) -> List[tuple]:
        """The slots in use.  A wait that changed while it was read is left out: its epoch is made even."""
        return [slot for chunk in self._live_chunks() for _, slot in self._slots_of(chunk)]

    def shim_locks(self) -> Dict[int, int]:
        """Of each living thread that has a lock of the shim's own: where in the file that is said, by its TID."""
        field = next(offset for name, offset, _ in layout.LIVE_SLOT[2] if name == "shim_lock")
        found = (each for chunk in self._live_chunks() for each in self._slots_of(chunk))
        return {slot.tid: at + field for at, slot in found if slot.shim_lock and slot.state == layout.SLOT_ALIVE}

    def slot_of(self, tid: int):
        """The slot of a living thread by the TID that the program knows it by, or None."""
        return next((slot for slot in self.slots() if slot.tid == tid and slot.state == layout.SLOT_ALIVE), None)

    def holds(self, slot) -> List[tuple]:
        """The locks that a slot's thread holds, oldest first."""
        n = min(slot.n_holds, slot.holds_capacity, MAX_HOLDS)
        self.is_capped |= n < slot.n_holds
        data = self._read(slot.holds_offset, n * HOLD.size) if n else b""
        if not data or len(data) != n * HOLD.size:
            return []
        return [HOLD.unpack(self.order, data, i * HOLD.size) for i in range(n)]

    def stack(self, number: int) -> Optional[Stack]:
        """A stack by its id."""
        if number and number not in self._stacks:
            self._scan()
        return self._stacks.get(number)

    def object_at(self, kind: int, address: int):
        """What is known of the lock that lies at an address now, or None."""
        self._scan_once()
        return self._objects.get((kind, address))

    def name_at(self, address: int) -> str:
        """What the program itself calls the lock that lies at an address now; "" nothing."""
        self._scan_once()
        generation, name = self._names.get(address, (0, ""))
        known = [found.generation for (_, at), found in self._objects.items() if at == address] if name else []
        return name if not known or max(known) <= generation else ""

    def file_of(self, number: int) -> Optional[File]:
        """Where in which file an object is, by its number; None when it is in none."""
        self._scan_once()
        return self._files.get(number)

    def module_at(self, pc: int, epoch: int) -> Optional[Module]:
        """The module that a pc of a stack of that epoch lay in."""
        self._scan_once()
        return next((module for module in self._modules.values() if module.covers(pc, epoch)), None)

    def _live_chunks(self) -> List[int]:
        n = min(self.header.n_live_chunks, layout.TRACE_MAX_LIVE_CHUNKS)
        return list(struct.unpack_from(f"{self.order}{n}I", self.header.live_chunk))

    def _slots_of(self, chunk: int) -> Iterator[Tuple[int, tuple]]:
        """Where each slot in use is in the file, and the slot."""
        offset = chunk_offset(chunk)
        data = self._read(offset, layout.TRACE_CHUNK_SIZE)
        again = self._read(offset, layout.TRACE_CHUNK_SIZE)
        if not data or not again or len(data) != len(again) or len(data) != layout.TRACE_CHUNK_SIZE:
            return
        for i in range(1, layout.TRACE_SLOTS_PER_CHUNK + 1):
            slot = SLOT.unpack(self.order, data, i * layout.TRACE_SLOT_SIZE)
            if slot.state in (layout.SLOT_ALIVE, layout.SLOT_ENDED):
                is_steady = slot.epoch == SLOT.unpack(self.order, again, i * layout.TRACE_SLOT_SIZE).epoch
                yield offset + i * layout.TRACE_SLOT_SIZE, slot if is_steady else slot._replace(epoch=0)

    def _scan_once(self) -> None:
        if not self._scanned:
            self._scan()

    def _scan(self) -> None:
        """Reads the definitions that were written since the last look."""
        for chunk in range(self._n_chunks()):
            self._scan_chunk(chunk)

    def _n_chunks(self) -> int:
        """How many there are by now, as far as they are looked through."""
        data = self._read(0, HEADER.size)
        n_chunks = HEADER.unpack(self.order, data).n_chunks & ~layout.TRACE_CLOSED if data else 0
        self.is_capped |= n_chunks > MAX_CHUNKS
        return min(n_chunks, MAX_CHUNKS)

    def _head(self, chunk: int):
        data = self._read(chunk_offset(chunk), CHUNK.size)
        return CHUNK.unpack(self.order, data) if data and len(data) == CHUNK.size else None

    def _scan_chunk(self, chunk: int) -> None:
        offset, head = chunk_offset(chunk), self._head(chunk)
        if not head:
            return
        start, end = self._scanned.get(chunk, 0), min(head.committed, layout.TRACE_CHUNK_SIZE - CHUNK.size)
        if head.kind == layout.CHUNK_RECORDS and start < end:
            data = self._read(offset + CHUNK.size + start, end - start)
            if data:
                self._define_all(data)
                self._scanned[chunk] = end

    def _define_all(self, data: bytes) -> None:
        at = 0
        while at + RECORD.size <= len(data):
            record = RECORD.unpack(self.order, data, at)
            size = record.units * 8
            define = self.DEFINE.get(record.type)
            if size < RECORD.size or at + size > len(data):
                return
            if define:
                try:
                    define(self, data[at : at + size])
                except struct.error:
                    pass  # the record says that it holds more than it does
            at += size

    def _define_stack(self, data: bytes) -> None:
        stack = STACK.unpack(self.order, data)
        n = min(stack.n, layout.TRACE_MAX_FRAMES)
        pcs = struct.unpack_from(f"{self.order}{n}Q", data, STACK.size)
        self._stacks[stack.id] = Stack(pcs, stack.epoch, bool(stack.is_cut))

    def _define_object(self, data: bytes) -> None:
        found = OBJECT.unpack(self.order, data)
        known = self._objects.get((found.kind, found.address))
        if not known or found.generation >= known.generation:
            self._objects[found.kind, found.address] = found

    def _define_name(self, data: bytes) -> None:
        found = LOCK_NAME.unpack(self.order, data)
        text = data[LOCK_NAME.size :][: found.name_size].split(b"\0")[0].decode(errors="replace")
        if found.generation >= self._names.get(found.address, (0, ""))[0]:
            self._names[found.address] = (found.generation, text)

    def _define_file(self, data: bytes) -> None:
        found = FILE.unpack(self.order, data)
        path = data[FILE.size :][: found.path_size].split(b"\0")[0].decode(errors="replace")
        self._files[found.object] = File(path, found.offset, found.size)

    def _define_module(self, data: bytes) -> None:
        found = MODULE.unpack(self.order, data)
        text = data[MODULE.size + found.build_id_size :][: found.path_size]
        path = text.split(b"\0")[0].decode(errors="replace")
        self._modules[found.id] = Module(path, found.bias, found.start, found.end, found.epoch, None)

    def _define_module_gone(self, data: bytes) -> None:
        gone = MODULE_GONE.unpack(self.order, data)
        if gone.id in self._modules:
            self._modules[gone.id] = self._modules[gone.id]._replace(gone_epoch=gone.epoch)

    DEFINE = {
        layout.RECORD_STACK: _define_stack,
        layout.RECORD_OBJECT: _define_object,
        layout.RECORD_LOCK_NAME: _define_name,
        layout.RECORD_FILE: _define_file,
        layout.RECORD_MODULE: _define_module,
        layout.RECORD_MODULE_GONE: _define_module_gone,
    }


def chunk_offset(chunk: int) -> int:
    """Where a chunk begins in the file."""
    return layout.TRACE_HEADER_SIZE + chunk * layout.TRACE_CHUNK_SIZE

# SPDX-License-Identifier: MIT
"""snag break-lock: stops a thread at what it does to a lock, decided inside the shim.

A breakpoint in pthread_mutex_lock() stops every thread at every lock.  Here the shim is told what is meant (struct
trace_stop), and calls an empty function where it is: only then comes a thread to a breakpoint of GDB's.  That one is an
ordinary one, so `info breakpoints`, `delete`, `disable`, `commands` work on it, and it is there for the next `run`.
"""

import os
import struct
from typing import Dict, List, NamedTuple, Optional, Union

import gdb

from . import breakpoints, command, functions, inferior, layout, meant, recording, stepping, table
from .arguments import ThreadSpec
from .describe import Describer
from .snapshot import KINDS, Snapshot
from .waits import Lock

ARGUMENTS = {"i386:x86-64": ("rdi", "rsi", "rdx", "rcx"), "aarch64": ("x0", "x1", "x2", "x3")}
OPERATIONS = {
    "acquire": layout.STOP_ACQUIRED,
    "release": layout.STOP_RELEASING,
    "contended": layout.STOP_WAITING,
}
DONE = {
    layout.STOP_ACQUIRED: "has got",
    layout.STOP_RELEASING: "is about to give back",
    layout.STOP_WAITING: "has to wait for",
}
ANY = "any"  # LOCK: all of them
HEAD = ("Num", "Lock", "When", "Only", "Hits")


class BreakLock(command.Action):
    """Stop a thread that takes a lock, gives it back, or has to wait for it.
Usage: snag break-lock LOCK [WHEN...] [WHICH...] [if CONDITION]

LOCK is an expression for a lock, or an object with locks in it, or `any`.
WHEN is one or more of these:
  --acquire      a thread has just got it (this is meant when nothing is said)
  --release      a thread is about to give it back
  --contended    a thread cannot have it at once, and is about to wait for it
WHICH threads: as for `snag break`; --thread is the cheapest.

Snag's shim decides, so the program must run under it: `snag gdb -- COMMAND`.
Threads and locks that are not meant do not stop, and a tight loop of locks runs
at half of its pace.  `info breakpoints`, `delete`, `disable`, `commands` work
on these breakpoints, and they stay for the next `run`.  `snag break-lock` alone
lists them."""

    NAME = "break-lock"

    def act(self, argument: str, from_tty: bool) -> None:
        what, _, condition = argument.partition(" if ")
        what, options = command.split_options(self.NAME, what, list(breakpoints.WHICH), list(OPERATIONS))
        if not argument:
            command.write(_list())
            return
        if not what:
            raise gdb.GdbError("snag break-lock needs to know which lock; see `help snag break-lock`.")
        _set(what, options, condition)

    def complete(self, text: str, word: str) -> Union[int, List[str]]:
        """What an option wants, or else a lock."""
        found = breakpoints.complete(text, word)
        return found if isinstance(found, list) else meant.complete_lock(text.split()[-1] if text.split() else "", word)


class Hit(NamedTuple):
    """What the shim calls snag_on_lock() with."""

    number: int
    lock: Lock
    operation: int


class LockStop:
    """One struct trace_stop, and the breakpoint that goes with it."""

    def __init__(self, what: str, operations: int, thread: Optional[ThreadSpec]):
        self.what, self.operations, self.thread = what, operations, thread
        self.breakpoint: Optional[gdb.Breakpoint] = None

    def when(self) -> str:
        """The operations, in words."""
        return ", ".join(name for name, bit in OPERATIONS.items() if self.operations & bit)

    def packed(self) -> bytes:
        """The struct, as it is to be in the program now."""
        area = self._area()
        if not self.breakpoint or not self.breakpoint.is_valid() or not self.breakpoint.enabled or not area:
            return bytes(layout.TRACE_STOP[1])
        tid, name = self._thread()
        return struct.pack(f"=QQII{layout.TRACE_NAME_SIZE}s", area.start, area.end, self.operations, tid, name)

    def _area(self) -> Optional[meant.Area]:
        return meant.Area(0, (1 << 64) - 1) if self.what == ANY else meant.area(self.what)

    def _thread(self):
        """The TID and the name that the shim compares; 0 and nothing where GDB's condition has to."""
        if not self.thread or self.thread.is_regex:
            return 0, b""
        if not self.thread.is_number:
            name = self.thread.text.encode()
            return 0, name if len(name) < layout.TRACE_NAME_SIZE else b""
        threads = inferior.threads_of(gdb.selected_inferior())
        found = [each for each in threads if self.thread.matches(inferior.number_of(each), "")]
        return (inferior.tid_inside(found[0].inferior, found[0].ptid[1]) if found else 0), b""


_stops: Dict[int, LockStop] = {}


def hit(thread: gdb.InferiorThread) -> Optional[Hit]:
    """Why a thread is in snag_on_lock(); None when it is not."""
    names = ARGUMENTS.get(inferior.architecture(thread.inferior))
    values = inferior.registers(thread, names) if names else None
    if not values:
        return None
    number, address, kind, operation = (values[name] for name in names)
    return Hit(number, Lock(KINDS.get(kind & 0xFF, "lock"), address), operation & 0xFF)


def is_hit(thread: gdb.InferiorThread, number: str) -> bool:
    """Whether the selected thread stands at the breakpoint of `snag break-lock` with this number.
Usage: $snag_stop("0")

This is for the conditions that Snag makes."""
    found = hit(thread)
    return bool(found) and found.number == int(number)


def tell() -> None:
    """A thread stands in snag_on_lock(): says why, and shows the person's own code."""
    with command.in_one_sentence(BreakLock.NAME):
        _tell(gdb.selected_thread())


def _tell(thread: gdb.InferiorThread) -> None:
    found = hit(thread)
    if found:
        snapshot = Snapshot()
        describer = Describer(snapshot, False)
        who = next((each for each in snapshot.threads if each.handle and each.handle.num == thread.num), None)
        lock = describer.lock(found.lock)
        note = describer.owners(who) if who and who.wait and found.operation == layout.STOP_WAITING else ""
        command.write(f"{command.capital(describer.thread(who))} {DONE[found.operation]} {lock}{note}.\n")
    if not stepping.select_way_out(thread):
        return
    gdb.selected_frame().older().select()
    if found and found.operation == layout.STOP_ACQUIRED:
        with inferior.this_thread_only():
            gdb.execute(f"advance *{gdb.selected_frame().pc():#x}")
    else:
        gdb.execute("frame")


def _set(what: str, options: Dict[str, str], condition: str) -> None:
    if gdb.selected_inferior().pid:
        _must_be_there(what)
    number = next((i for i in range(layout.TRACE_MAX_STOPS) if i not in _stops), None)
    if number is None:
        raise gdb.GdbError(f"There are {layout.TRACE_MAX_STOPS} such breakpoints already; `delete` one of them.")
    operations = sum(bit for name, bit in OPERATIONS.items() if name in options) or layout.STOP_ACQUIRED
    thread = meant.spec(options["thread"]) if "thread" in options else None
    stop = _stops[number] = LockStop(what, operations, thread)
    asked = [f'$snag_stop("{number}")', breakpoints.asked(options, condition)]
    # Pending, until the shim is loaded; GDB turns a pending one off that gets its condition later.
    condition = " && ".join(filter(None, asked))
    gdb.execute(f"with breakpoint pending on -- break {breakpoints.ON_LOCK} if {condition}", to_string=True)
    stop.breakpoint = gdb.breakpoints()[-1]
    stop.breakpoint.commands = f"silent\npython __import__('{__name__}').lockbreak.tell()\n"
    _write_all()
    command.write(f"Breakpoint {stop.breakpoint.number}: {what}, {stop.when()}.\n")


def _must_be_there(what: str) -> None:
    if not recording.find(inferior.current())[0]:
        raise gdb.GdbError("This program runs without Snag's shim, which looks at locks; use `snag gdb -- COMMAND`.")
    if what != ANY and not meant.area(what):
        raise gdb.GdbError(f'"{what}" is no expression for a lock here; `snag locks` lists those in use.')


def _write_all() -> None:
    """Tells the shim, where there is one, what is meant now."""
    at = inferior.address_of_symbol("snag_switches")
    _, _, fields = layout.TRACE_SWITCHES
    if not at or not gdb.selected_inferior().pid:
        return
    offsets = {field: offset for field, offset, _ in fields}
    packed = [_stops[i].packed() if i in _stops else bytes(layout.TRACE_STOP[1]) for i in range(layout.TRACE_MAX_STOPS)]
    n_stops = max((i + 1 for i, each in enumerate(packed) if any(each)), default=0)
    write = gdb.selected_inferior().write_memory
    write(at + offsets["stop"], b"".join(packed))
    write(at + offsets["n_stops"], bytes([n_stops]))
    kinds = inferior.read_memory(at + offsets["plain_kind"], 8)
    kind = max(struct.unpack("=ii", kinds))
    is_seen = n_stops > 0 or _records_all()
    write(at + offsets["plain_kind"], struct.pack("=ii", *((-1, kind) if is_seen else (kind, -1))))


def _records_all() -> bool:
    """Whether the program was started with full recording."""
    recorded = recording.find_live(gdb.selected_inferior())
    return bool(recorded) and recorded.header.mode == layout.TRACE_FULL


def _list() -> str:
    rows = [
        (str(each.breakpoint.number), each.what, each.when(), _only(each.breakpoint), str(each.breakpoint.hit_count))
        for each in _stops.values()
    ]
    if not rows:
        return "There is no breakpoint at a lock.\n"
    return table.table(HEAD, rows, command.screen_width())


def _only(breakpoint_: gdb.Breakpoint) -> str:
    """Which threads are meant, less what is Snag's own of the condition."""
    return breakpoints.only(breakpoint_).partition(" && ")[2]


def _forget(breakpoint_: gdb.Breakpoint) -> None:
    for number, stop in list(_stops.items()):
        if stop.breakpoint and stop.breakpoint.number == breakpoint_.number:
            del _stops[number]
            _write_all()


def _changed(breakpoint_: gdb.Breakpoint) -> None:
    if any(each.breakpoint == breakpoint_ for each in _stops.values()):
        _write_all()


def _begin(objfile: gdb.Objfile) -> None:
    """Where a program under the shim begins, the shim does, too: before its constructor."""
    if _stops and os.path.basename(objfile.filename or "").startswith("libtrace"):
        _write_all()
        lost = [each.what for each in _stops.values() if not any(each.packed())]
        for what in lost:
            gdb.write(f'"{what}" is no expression for a lock at the program\'s start.\n')


functions.QUESTIONS["snag_stop"] = is_hit
gdb.events.breakpoint_deleted.connect(_forget)
gdb.events.breakpoint_modified.connect(_changed)
gdb.events.new_objfile.connect(lambda event: _begin(event.new_objfile))

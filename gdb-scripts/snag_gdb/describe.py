# SPDX-License-Identifier: MIT
"""Says in a person's words what a snapshot of the program shows: locks, threads, places, times."""

import bisect
import re
import time
from typing import Callable, Dict, Iterable, List, Optional, Sequence, Tuple

import gdb

from . import frozen, layout, names, places, waits
from .snapshot import KINDS, Snapshot, Thread
from .waits import Hold, Lock, Wait

KIND_NUMBERS = {word: number for number, word in KINDS.items()}
MAX_NAMED = 4  # threads in one list of threads
MAX_USERS = 8  # of a lock, who are asked for its name


class Describer:
    """Describes one snapshot; briefly in tables, which name threads elsewhere.  Switches threads."""

    def __init__(self, snapshot: Snapshot, is_brief: bool):
        self.snapshot = snapshot
        self.is_brief = is_brief
        self._names: Dict[Lock, str] = {}
        self._frames: Dict[int, List[Tuple[gdb.Frame, places.Place]]] = {}
        self._recorded: Dict[int, List[places.Place]] = {}
        self._stacks: Optional[List[Tuple[int, int, int]]] = None  # start, end, thread

    def lock(self, lock: Lock) -> str:
        """A lock with its kind: `mutex accounts[3].lock`; for a join, `the end of thread 2`."""
        return self.lock_name(lock) if lock.kind == waits.THREAD else f"{lock.kind} {self.lock_name(lock)}"

    def lock_name(self, lock: Lock) -> str:
        """What a person calls a lock."""
        if lock not in self._names:
            self._names[lock] = self._find_name(lock)
        return self._names[lock]

    def thread(self, thread: Thread) -> str:
        """A thread: `thread 2 "worker"`."""
        return thread.brief if self.is_brief else str(thread)

    def threads(self, threads: Sequence[Thread]) -> str:
        """Some threads: `thread 2, thread 3 and 5 more`."""
        words = [self.thread(thread) for thread in threads[:MAX_NAMED]]
        if len(threads) > MAX_NAMED:
            words.append(f"{len(threads) - MAX_NAMED} more")
        return ", ".join(words[:-1]) + " and " + words[-1] if len(words) > 1 else "".join(words)

    def wait(self, thread: Thread) -> str:
        """What a thread waits for, who has it, and since when."""
        wait = thread.wait
        text = f"waits for {self.lock(wait.lock)}"
        if wait.mode == waits.READ:
            text += " (to read)"
        text += self.owners(thread)
        since = self.since(wait)
        return text + (f", since {since}" if since else "") + (", for a limited time" if wait.is_timed else "")

    def owners(self, thread: Thread) -> str:
        """Who stands between a thread and its lock."""
        graph, lock = self.snapshot.graph, thread.wait.lock
        holders = [holder for holder, _ in graph.holders.get(lock, [])]
        owners = graph.owners(thread.wait) if lock.kind != waits.THREAD else []
        if holders and thread.wait.mode == waits.TOKEN:
            return f", taken by {self.threads(holders)}"  # but anybody can post a semaphore
        if owners == [thread]:
            return ", which it holds itself"
        in_the_way = [owner for owner in owners if owner in holders]
        writers = [owner for owner in owners if owner not in holders]
        text = f", held by {self.threads(in_the_way)}" if in_the_way else ""
        return text + (f", behind {self.threads(writers)} that wants to write" if writers else "")

    def hold(self, hold: Hold) -> str:
        """A lock that is held."""
        notes = ["to read"] if hold.mode == waits.READ else []
        if hold.levels > 1:
            notes.append(f"{hold.levels} levels")
        return self.lock_name(hold.lock) + (f" ({', '.join(notes)})" if notes else "")

    def state(self, thread: Thread) -> str:
        """What a thread does now."""
        if not thread.handle:
            return "has ended" if thread.is_ended else "is of another process"
        if frozen.is_frozen(thread.handle):
            return f"frozen; {self.wait(thread)}" if thread.wait else "frozen"
        if thread.wait:
            return self.wait(thread)
        if not thread.call:
            return "runs" if self.snapshot.machine else ""
        functions = (frame.name() for frame in self.snapshot.frames(thread))
        function = next(filter(None, functions), f"system call {thread.call.number}")
        return f"sleeps in {re.sub('^(__GI_)?_*(libc_)?', '', function)}"

    def waits_at(self, thread: Thread) -> List[places.Place]:
        """Where a waiting thread waits, innermost first."""
        found = self._own_frames(thread)
        return found or self._stack(thread.wait.stack if thread.wait else 0)

    def select(self, thread: Thread) -> None:
        """Selects a thread, in the frame where it waits."""
        frames = self.snapshot.frames(thread)
        own = self._own_frames(thread)
        if own:
            next(frame for frame, place in self._places(thread) if place == own[0]).select()
        elif frames:
            frames[0].select()

    def born(self, lock: Lock) -> str:
        """Where a lock comes from that has no name of its own: `created at make (pool.c:88)`; "" unknown."""
        recording = self.snapshot.recording
        if not recording or lock.kind == waits.FILE_LOCK or names.is_in_module(lock.address):
            return ""
        found = recording.object_at(KIND_NUMBERS.get(lock.kind, layout.OBJECT_NONE), lock.address)
        created = _first(self._stack(found.create_stack)) if found else ""
        used = _first(self._stack(found.first_stack)) if found else ""
        return f"created at {created}" if created else f"first used at {used}" if used else ""

    def taken_at(self, hold: Hold) -> str:
        """Where a lock was taken; "" unknown."""
        return _first(self.taken_stack(hold))

    def taken_stack(self, hold: Hold) -> List[places.Place]:
        """The whole stack of where a lock was taken."""
        return self._stack(hold.stack)

    def created_at(self, thread: Thread) -> str:
        """Where a thread was created; "" unknown."""
        return _first(self.created_stack(thread))

    def created_stack(self, thread: Thread) -> List[places.Place]:
        """The whole stack of where a thread was created."""
        return self._stack(thread.slot.create_stack if thread.slot else 0)

    def start_routine(self, thread: Thread) -> str:
        """The function that a thread began in; "" unknown."""
        address = thread.slot.start_routine if thread.slot else 0
        found = [places.of_pc(address, is_return=False)] if address else []
        if not found or not found[0].is_own:
            # A library's thread class starts in the library; the first function of the person's own says more.
            found = self._own_frames(thread)[-1:] or found
        return found[0].function or str(found[0]) if found else ""

    def since(self, wait: Wait) -> str:
        """The time of day since when a thread waits; "" unknown."""
        return self.clock(wait.since_ns)

    def clock(self, monotonic_ns: int, is_fine: bool = False) -> str:
        """A time of the recording as the time of day, finely to the microsecond; "" unknown."""
        recording = self.snapshot.recording
        if not recording or not monotonic_ns:
            return ""
        head = recording.header
        seconds, ns = divmod(head.start_realtime_ns + monotonic_ns - head.start_monotonic_ns, 1000000000)
        try:
            at = time.localtime(seconds)
        except (OSError, OverflowError, ValueError):
            return ""  # no clock ever showed this
        is_today = time.strftime("%F", at) == time.strftime("%F")
        return time.strftime("%T" if is_today else "%F %T", at) + (f".{ns // 1000:06}" if is_fine else "")

    def _own_frames(self, thread: Thread) -> List[places.Place]:
        return places.own(place for _, place in self._places(thread))

    def _places(self, thread: Thread) -> List[Tuple[gdb.Frame, places.Place]]:
        """The frames of a thread, and where they are; the thread is selected."""
        frames = self.snapshot.frames(thread)
        if thread.tid not in self._frames:
            self._frames[thread.tid] = [(frame, places.of_frame(frame)) for frame in frames]
        return self._frames[thread.tid]

    def _stack(self, number: int) -> List[places.Place]:
        """A recorded stack, as far as it is the person's own code."""
        recording = self.snapshot.recording
        if number not in self._recorded:
            stack = recording.stack(number) if recording else None
            self._recorded[number] = places.own(places.of_stack(stack, recording))
        return self._recorded[number]

    def _find_name(self, lock: Lock) -> str:
        if lock.kind == waits.THREAD:
            thread = self.snapshot.thread(lock.address)
            return f"the end of {self.thread(thread) if thread else 'a thread that is not there any more'}"
        recording = self.snapshot.recording
        if lock.kind == waits.FILE_LOCK:
            return self._file_lock_name(lock)
        name = (recording.name_at(lock.address) if recording else "") or names.global_at(lock.address)
        if not name and names.is_in_module(lock.address):
            name = self._name_by_users(names.local_at, lock) or names.symbol_at(lock.address)
        elif not name:
            name = self._name_on_stack(lock.address) or self._name_by_users(names.class_at, lock)
        return name or names.bare(lock.address)

    def _file_lock_name(self, lock: Lock) -> str:
        """`/run/app.pid`, or `data.db, bytes 0 to 99`."""
        recording = self.snapshot.recording
        known = recording.object_at(layout.OBJECT_FILE_LOCK, lock.address) if recording else None
        file = recording.file_of(known.id) if known else None
        if not file:
            return f"{lock.address:#x}"
        if file.size:
            return f"{file.path}, bytes {file.offset} to {file.offset + file.size - 1}"
        return file.path + (f", from byte {file.offset} on" if file.offset else "")

    def _name_by_users(self, look_up: Callable[[int, Sequence[gdb.Frame]], str], lock: Lock) -> str:
        """The name that the frames of those give who wait for a lock or hold it."""
        graph = self.snapshot.graph
        users = [*graph.waiters.get(lock, []), *(thread for thread, _ in graph.holders.get(lock, []))]
        for thread in users[:MAX_USERS]:
            # What a library calls its insides is nobody's name for a lock.
            found = look_up(lock.address, [frame for frame, place in self._places(thread) if place.is_own])
            if found:
                return found
        return ""

    def _name_on_stack(self, address: int) -> str:
        """The name of a lock that is a local variable of some thread's function."""
        if self._stacks is None:
            threads = self.snapshot.threads
            self._stacks = sorted((*names.stack_of(self.snapshot.frames(t)), i) for i, t in enumerate(threads))
        nearest = bisect.bisect(self._stacks, (address, address)) - 1
        start, end, i = self._stacks[max(nearest, 0)]
        if not start <= address < end:
            return ""
        thread = self.snapshot.threads[i]
        local = names.local_at(address, self.snapshot.frames(thread))
        return f"{local or f'{address:#x} on the stack'} of {thread.brief}"


def _first(found: Iterable[places.Place]) -> str:
    return str(next(iter(found), ""))

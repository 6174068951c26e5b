# SPDX-License-Identifier: MIT
"""All threads of the program, what each waits for and what it holds, from every source there is.

The live table of the shim says most.  What it does not say, or all of it when the program runs without the shim, comes
from the registers of the blocked threads and the words of the locks they wait for.  Then the holder of a lock is known
only where somebody waits for it.
"""

from dataclasses import dataclass
from typing import Dict, List, Optional

import gdb

from . import inferior, layout, places, read, recording, waits, words
from .waits import Hold, Lock, Wait

KINDS = {
    layout.OBJECT_MUTEX: words.MUTEX,
    layout.OBJECT_RWLOCK: words.RWLOCK,
    layout.OBJECT_SPIN: "spinlock",
    layout.OBJECT_COND: "condition variable",
    layout.OBJECT_BARRIER: "barrier",
    layout.OBJECT_SEM: "semaphore",
    layout.OBJECT_ONCE: "once",
    layout.OBJECT_THREAD: waits.THREAD,
    layout.OBJECT_FILE_LOCK: waits.FILE_LOCK,
    layout.OBJECT_FUTEX: words.FUTEX,
    layout.OBJECT_GUARD: "static guard",
    layout.OBJECT_STREAM: "stream",
    layout.OBJECT_LOADER: "loader lock",
    layout.OBJECT_VARIABLE: "variable",
}
MODES = {layout.MODE_WRITE: waits.WRITE, layout.MODE_READ: waits.READ, layout.MODE_TOKEN: waits.TOKEN}

# A futex wait in a function whose name begins so is a wait for that.
FUTEX_USERS = {
    "pthread_cond_": "condition variable",
    "cnd_": "condition variable",
    "sem_": "semaphore",
    "new_sem_": "semaphore",
    "pthread_barrier_": "barrier",
    "pthread_rwlock_": "rwlock",
    "pthread_once": "once",
    "call_once": "once",
}
NEAR_THE_CALL = 8  # innermost frames that are asked for such a function


@dataclass
class Thread(waits.Thread):
    """A thread as GDB numbers it; `handle` is None for one that GDB does not have."""

    handle: Optional[gdb.InferiorThread] = None
    number: str = ""
    name: str = ""
    call: Optional[words.Call] = None
    slot: Optional[tuple] = None

    def __str__(self) -> str:
        if not self.handle:
            return self.brief
        return f'{self.brief} "{self.name}"' if self.name else self.brief

    @property
    def lwp(self) -> int:
        """The TID that `info threads` shows; in a container the program knows another one."""
        return self.handle.ptid[1] if self.handle else self.tid

    @property
    def brief(self) -> str:
        """Without its name."""
        if self.handle:
            return f"thread {self.number}"
        return f"LWP {self.lwp}, which {'has ended' if self.is_ended else 'is of another process'}"


def holds_of(recorded: read.Recording, slot) -> List[Hold]:
    """What the thread of a slot holds; a lock that it has taken again is in the live table again."""
    holds: Dict[Lock, Hold] = {}
    for entry in recorded.holds(slot):
        lock = Lock(KINDS.get(entry.kind, words.FUTEX), entry.address)
        if lock in holds:
            holds[lock].levels += 1
        else:
            mode = MODES.get(entry.mode & layout.MODE_MASK, waits.WRITE)
            holds[lock] = Hold(lock, mode, stack=entry.stack)
    return list(holds.values())


class Snapshot:
    """The program as it stands.  Making one, and asking it for frames, switches threads: keep the selection."""

    def __init__(self) -> None:
        places.forget_modules()
        self.selected = gdb.selected_thread()
        self.process = inferior.current()
        self.is_blind = False  # something that a thread waits on cannot be read
        self.recording, self.remark = recording.find(self.process)
        self.machine = words.MACHINES.get(inferior.architecture(self.process))
        self.threads = [self._thread(handle) for handle in inferior.threads_of(self.process)]
        self._by_tid = {thread.tid: thread for thread in self.threads}
        self._frames: Dict[int, List[gdb.Frame]] = {}
        self._read_calls()
        self._read_live_table()
        self._read_words()
        self.graph = waits.Graph(self.threads)

    @property
    def is_moving(self) -> bool:
        """Whether threads run while they are looked at (non-stop mode)."""
        return any(thread.handle and thread.handle.is_running() for thread in self.threads)

    def frames(self, thread: Thread) -> List[gdb.Frame]:
        """The frames of a thread, which is selected; none when it runs or has ended."""
        if not thread.handle:
            return []
        if thread.tid not in self._frames:
            self._frames[thread.tid] = list(inferior.frames_of(thread.handle))
        thread.handle.switch()
        return self._frames[thread.tid]

    def thread(self, tid: int) -> Optional[Thread]:
        """The thread that the program knows by this TID."""
        return self._by_tid.get(tid)

    def add_mutex(self, address: int) -> List[Lock]:
        """Asks the mutex at an address, which nobody waits for, for its owner: the lock when somebody holds it."""
        mutex = words.mutex_at(address, self._by_tid, inferior.read_memory)
        if not mutex:
            return []
        lock = Lock(words.MUTEX, address)
        self._holder(mutex).holds.append(Hold(lock, levels=mutex.levels))
        self.graph = waits.Graph(self.threads)
        return [lock]

    def _thread(self, handle: gdb.InferiorThread) -> Thread:
        tid = inferior.tid_inside(self.process, handle.ptid[1])
        return Thread(tid, handle=handle, number=inferior.number_of(handle), name=handle.name or "")

    def _read_calls(self) -> None:
        """What the system calls say that the threads sleep in."""
        for thread in self.threads if self.machine else ():
            thread.call = self._call_of(thread.handle)
            if thread.call:
                thread.wait = words.wait_of(thread.call, self._by_tid, inferior.read_memory)
            if thread.wait and thread.wait.lock.kind == words.FUTEX:
                thread.wait.lock = Lock(self._futex_user(thread), thread.wait.lock.address)
                self.is_blind |= inferior.read_memory(thread.wait.lock.address, 4) is None

    def _call_of(self, handle: gdb.InferiorThread) -> Optional[words.Call]:
        values = inferior.registers(handle, words.register_names(self.machine))
        if values:
            return words.sleeping_call(self.machine, values, inferior.read_memory)
        found = inferior.kernel_call(self.process, handle.ptid[1])
        return words.Call(found[0], tuple(found[1:]), self.machine) if found and found[0] >= 0 else None

    def _futex_user(self, thread: Thread) -> str:
        for frame in self.frames(thread)[:NEAR_THE_CALL]:
            name = (frame.name() or "").lstrip("_")
            for start, kind in FUTEX_USERS.items():
                if name.startswith(start):
                    return kind
        return words.FUTEX

    def _read_live_table(self) -> None:
        """What the shim says; it knows better than the system calls."""
        slots = self.recording.slots() if self.recording else []
        tids = {slot.thread: slot.tid for slot in slots if slot.state == layout.SLOT_ALIVE}
        for slot in slots:
            thread = self._by_tid.get(slot.tid)
            if slot.state == layout.SLOT_ENDED:
                thread = Thread(slot.tid, is_ended=True)
                self.threads.append(thread)
            if thread:
                self._read_slot(thread, slot, tids)

    def _read_slot(self, thread: Thread, slot, tids: Dict[int, int]) -> None:
        thread.slot = slot
        thread.name = thread.name or slot.name.split(b"\0")[0].decode(errors="replace")
        thread.holds = holds_of(self.recording, slot)
        if slot.epoch % 2 and not thread.is_ended:
            lock = Lock(KINDS.get(slot.want_kind, words.FUTEX), slot.want_address)
            if lock.kind == waits.THREAD:
                lock = self._joined(thread, tids.get(slot.want_address, 0))
            thread.wait = Wait(
                lock,
                MODES.get(slot.want_mode, waits.WRITE),
                is_timed=bool(slot.want_flags & layout.DEP_TIMED),
                is_behind_writers=bool(slot.want_flags & layout.DEP_BEHIND_WRITERS),
                stack=slot.want_stack,
                since_ns=slot.want_since_ns,
            )

    @staticmethod
    def _joined(thread: Thread, tid: int) -> Lock:
        """What a join waits for; where the shim does not know the thread's TID, the system call may."""
        is_known = not tid and thread.wait and thread.wait.lock.kind == waits.THREAD
        return thread.wait.lock if is_known else waits.end_of(tid)

    def _read_words(self) -> None:
        """The holders that only the locks themselves name."""
        held = {hold.lock for thread in self.threads for hold in thread.holds}
        wanted = dict.fromkeys(thread.wait.lock for thread in self.threads if thread.wait)
        for lock in wanted:
            owner = words.owner_of(lock, self._by_tid, inferior.read_memory) if lock not in held else None
            if owner:
                self._holder(owner).holds.append(Hold(lock, levels=owner.levels))

    def _holder(self, mutex: words.Mutex) -> Thread:
        if mutex.owner not in self._by_tid:
            self.threads.append(Thread(mutex.owner, is_ended=not mutex.is_shared))
            self._by_tid[mutex.owner] = self.threads[-1]
        return self._by_tid[mutex.owner]

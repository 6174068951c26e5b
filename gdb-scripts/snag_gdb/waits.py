# SPDX-License-Identifier: MIT
"""Who waits for whom: the wait-for graph of a program's threads, and its cycles.  Plain Python, never imports gdb.

A thread waits for at most one lock; a lock is held by one thread, or by several readers.  As in libtrace/wait_graph.h,
the graph has an edge from a waiting thread to each thread that stands between it and its lock.  Every one of those must
move before the waiter can, so any cycle is a deadlock, and stays one: no thread in it can do anything about it.  A wait
that ends by itself (a timed one) makes no edge.  "The end of a thread" is a lock too, held by that thread until then.
"""

from dataclasses import dataclass, field
from typing import Dict, List, NamedTuple, Optional, Sequence, Set, Tuple

from . import layout

WRITE, READ, TOKEN = "write", "read", "token"
THREAD, FILE_LOCK = "thread", "file lock"


class Lock(NamedTuple):
    """Something that can be held or waited for; for the end of a thread the address is its TID."""

    kind: str
    address: int

    @property
    def is_of_process(self) -> bool:
        """A lock on a file that a whole process has: its threads do not stand in each other's way."""
        return self.kind == FILE_LOCK and bool(self.address & layout.TRACE_FILE_LOCK_OF_PROCESS)


def end_of(tid: int) -> Lock:
    """What a join waits for."""
    return Lock(THREAD, tid)


@dataclass
class Hold:
    """A lock that a thread holds; `stack` is where it was taken, an id in the recording, 0 unknown."""

    lock: Lock
    mode: str = WRITE
    levels: int = 1
    stack: int = 0


@dataclass
class Wait:
    """What a thread waits for; `since_ns` in CLOCK_MONOTONIC and `stack` come from the recording, 0 unknown."""

    lock: Lock
    mode: str = WRITE
    is_timed: bool = False
    is_behind_writers: bool = False  # a reader that lets writers go first
    stack: int = 0
    since_ns: int = 0


@dataclass
class Thread:
    """A thread as the graph sees it."""

    tid: int
    wait: Optional[Wait] = None
    holds: List[Hold] = field(default_factory=list)
    is_ended: bool = False  # it has ended while it held something


class Graph:
    """The wait-for graph of some threads; they are numbered in the order they were given."""

    def __init__(self, threads: Sequence[Thread]):
        self.threads = list(threads)
        self.holders: Dict[Lock, List[Tuple[Thread, Hold]]] = {}
        self.waiters: Dict[Lock, List[Thread]] = {}
        for thread in self.threads:
            for hold in thread.holds:
                self.holders.setdefault(hold.lock, []).append((thread, hold))
            if thread.wait:
                self.waiters.setdefault(thread.wait.lock, []).append(thread)
        self._alive = {thread.tid: thread for thread in self.threads if not thread.is_ended}
        number = {id(thread): i for i, thread in enumerate(self.threads)}
        self._next = [[number[id(owner)] for owner in self._must_move(thread)] for thread in self.threads]
        self._previous: List[List[int]] = [[] for _ in self.threads]
        for i, successors in enumerate(self._next):
            for successor in successors:
                self._previous[successor].append(i)

    def locks(self) -> List[Lock]:
        """Every lock that somebody holds or waits for; the ends of threads are not among them."""
        return [lock for lock in dict.fromkeys([*self.holders, *self.waiters]) if lock.kind != THREAD]

    def owners(self, wait: Wait) -> List[Thread]:
        """The threads that stand between a waiter and its lock."""
        if wait.lock.kind == THREAD:
            joined = self._alive.get(wait.lock.address)
            return [joined] if joined else []
        if wait.mode == TOKEN or wait.lock.is_of_process:
            return []
        owners = [thread for thread, hold in self.holders.get(wait.lock, []) if WRITE in (wait.mode, hold.mode)]
        if wait.is_behind_writers:
            writers = (thread for thread in self.waiters.get(wait.lock, []) if thread.wait.mode == WRITE)
            owners += [thread for thread in writers if not thread.wait.is_timed and thread not in owners]
        return owners

    def cycles(self) -> List[List[Thread]]:
        """A shortest cycle of each knot of threads that wait for each other."""
        return [[self.threads[i] for i in self._cycle_through(min(knot))] for knot in self._knots()]

    def behind(self) -> List[Thread]:
        """The threads that are in no cycle, but wait for one that is, however indirectly."""
        return [self.threads[i] for i in sorted(self._stuck().difference(*self._knots()))]

    def orphans(self) -> List[Thread]:
        """The threads that wait for a lock whose owner has ended: no cycle, but nobody can end it either."""
        return [self.threads[i] for i, owners in enumerate(self._next) if any(self.threads[o].is_ended for o in owners)]

    def _must_move(self, thread: Thread) -> List[Thread]:
        return self.owners(thread.wait) if thread.wait and not thread.wait.is_timed else []

    def _stuck(self) -> Set[int]:
        """What is left when threads that wait for nobody are taken away, and those that waited for them, and so on."""
        return _peel(set(range(len(self.threads))), self._next, self._previous)

    def _knots(self) -> List[Set[int]]:
        """The largest sets of threads each of which waits, however indirectly, for all the others of it."""
        knots = []
        # All cycles, and paths from one to another: the stuck threads less those that no such thread waits for.
        rest = _peel(self._stuck(), self._previous, self._next)
        while rest:
            start = min(rest)
            knot = self._reach(start, self._next).keys() & self._reach(start, self._previous).keys()
            knots += [knot] if knot else []
            rest -= knot | {start}
        return knots

    def _reach(self, start: int, edges: List[List[int]]) -> Dict[int, int]:
        """Breadth first along `edges`: each thread reached, with the one it was reached from."""
        came_from: Dict[int, int] = {}
        queue = [start]
        for i in queue:
            for j in edges[i]:
                if j not in came_from:
                    came_from[j] = i
                    queue.append(j)
        return came_from

    def _cycle_through(self, start: int) -> List[int]:
        """A shortest cycle from `start`, which is in one, back to it."""
        came_from = self._reach(start, self._next)
        path = [start]
        while came_from[path[-1]] != start:
            path.append(came_from[path[-1]])
        return [start] + path[:0:-1]


def _peel(nodes: Set[int], edges: List[List[int]], back: List[List[int]]) -> Set[int]:
    """Takes nodes away that have no edge into the set, until every one left has."""
    n_edges = {i: sum(j in nodes for j in edges[i]) for i in nodes}
    bare = [i for i in nodes if not n_edges[i]]
    for i in bare:
        nodes.discard(i)
        for j in back[i]:
            if j in n_edges:
                n_edges[j] -= 1
                if not n_edges[j]:
                    bare.append(j)
    return nodes

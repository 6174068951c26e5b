# SPDX-License-Identifier: MIT
"""The orders in which locks are taken, and the moment when two of them contradict.  Plain Python, never imports gdb.

An edge is one recorded dependency: a thread held one lock and asked for another.  Edges make a chain when each asks for
what the next one holds; a new edge closes one that comes back to its beginning.  Where a third lock is held at two
edges of it, those cannot meet: such a chain is passed over.
"""

from typing import Dict, FrozenSet, List, NamedTuple, Optional, Set

MAX_STEPS = 10000  # of one search


class Edge(NamedTuple):
    """While it held `held` (and `guards`), a thread asked for `wanted`; all are numbers of the recording."""

    thread: int
    held: int
    held_stack: int
    wanted: int
    wanted_stack: int
    reads_held: bool
    reads_wanted: bool
    guards: FrozenSet[int]


class Orders:
    """All edges so far."""

    def __init__(self) -> None:
        self._from: Dict[int, List[Edge]] = {}  # by the lock that is held
        self._seen: Set[tuple] = set()

    def add(self, edge: Edge) -> Optional[List[Edge]]:
        """Takes an edge in; the chain that it closes, itself first, or None."""
        key = (edge.thread, edge.held, edge.wanted, edge.guards)
        if edge.held == edge.wanted or key in self._seen:
            return None
        self._seen.add(key)
        chain = self._closing_chain(edge)
        self._from.setdefault(edge.held, []).append(edge)
        return chain

    def _closing_chain(self, first: Edge) -> Optional[List[Edge]]:
        """Looks for the shortest way back, breadth first."""
        ways = [[first]]
        for _ in range(MAX_STEPS):
            if not ways:
                return None
            way = ways.pop(0)
            for edge in self._from.get(way[-1].wanted, []):
                if not _can_follow(way, edge):
                    continue
                if edge.wanted == first.held and not (edge.reads_wanted and first.reads_held):
                    return way + [edge]
                ways.append(way + [edge])
        return None


def _can_follow(way: List[Edge], edge: Edge) -> bool:
    """Whether an edge makes a chain longer: it blocks the last one, is new in it, and no guard keeps it apart."""
    if way[-1].reads_wanted and edge.reads_held:
        return False
    is_new = all(edge.wanted != each.wanted for each in way)
    return is_new and not any(edge.guards & each.guards for each in way)

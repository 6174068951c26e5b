# SPDX-License-Identifier: MIT
"""Which locks protect a variable: the lock set of Eraser, as accesses come in.  Plain Python, never imports gdb.

Savage et al., "Eraser: a dynamic data race detector for multithreaded programs", 1997.  A variable is first used by one
thread alone (exclusive); then read by others (shared), or written (shared-modified).  From the second thread on, the
locks that were held at every access are its candidates: a write counts those only that are held for writing.  A
variable that is shared-modified and has no candidate left is protected by nothing.

Added to it: when all other threads that used the variable have ended, it belongs to the one that is left.
"""

from dataclasses import dataclass, field
from typing import Dict, FrozenSet, List, Tuple

from . import waits
from .waits import Lock

VIRGIN, EXCLUSIVE, SHARED, SHARED_MODIFIED = "virgin", "exclusive", "shared", "shared-modified"


@dataclass
class Access:
    """One thread touched the variable."""

    thread: int
    who: str
    is_write: bool
    held: Dict[Lock, str]  # and how: waits.WRITE, waits.READ
    stack: Tuple[str, ...] = ()

    def protectors(self) -> FrozenSet[Lock]:
        """The locks that protect this access from conflicting ones."""
        return frozenset(lock for lock, mode in self.held.items() if mode == waits.WRITE or not self.is_write)


@dataclass
class Variable:
    """What is known of one variable."""

    state: str = VIRGIN
    candidates: FrozenSet[Lock] = frozenset()  # as of the last time that several threads used it
    was_shared: bool = False
    n_accesses: int = 0
    last: Dict[int, Access] = field(default_factory=dict)  # of each thread
    culprits: List[Access] = field(default_factory=list)  # when no candidate was left: that access, and one before it

    def access(self, access: Access, alive: FrozenSet[int]) -> bool:
        """Takes an access into account; True when by this very one no candidate is left."""
        self.n_accesses += 1
        others = [thread for thread in self.last if thread != access.thread and thread in alive]
        if not others and not self.culprits:
            self.state, self.last = EXCLUSIVE, {access.thread: access}
            return False
        self.was_shared = True
        is_new = self._refine(access) and not self.culprits
        if is_new:
            self.culprits = [access, self._counterpart(access)]
        self.last[access.thread] = access
        return is_new

    def _refine(self, access: Access) -> bool:
        """The step of Eraser for a variable that several threads use: is it unprotected now?"""
        protectors = access.protectors()
        self.candidates = protectors if self.state == EXCLUSIVE else self.candidates & protectors
        self.state = SHARED_MODIFIED if access.is_write or self.state == SHARED_MODIFIED else SHARED
        return self.state == SHARED_MODIFIED and not self.candidates

    def _counterpart(self, access: Access) -> Access:
        """An access of another thread: best one that has no lock in common with this one, and of those a write."""
        others = [each for thread, each in self.last.items() if thread != access.thread]
        protectors = access.protectors()
        return max(others, key=lambda each: (not protectors & each.protectors(), each.is_write))

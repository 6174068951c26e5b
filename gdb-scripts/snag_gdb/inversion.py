# SPDX-License-Identifier: MIT
"""snag break-inversion: stops in the thread that takes locks in an order that contradicts another one.

The shim writes each new dependency once, and calls an empty function then.  That is the breakpoint; what was written is
read from the recording, and the orders are compared here.
"""

import struct
from typing import List, Optional

import gdb

from . import command, inferior, layout, places, recording
from .describe import Describer
from .facts import Dependency, Facts
from .orders import Edge, Orders
from .snapshot import Snapshot

ON_DEPENDENCY = "snag_on_dependency"  # the shim calls this when it has written a new one
MAX_FRAMES = 4  # shown of each stack


class BreakInversion(command.Action):
    """Stop in the thread that takes locks in an order that can deadlock.
Usage: snag break-inversion

One thread asks for lock B while it holds A, another (or the same) asks for A
while it holds B: the program stops in the one that does the second for the
first time, before it can come to a deadlock, and both are shown.  Orders that
a common lock keeps apart are passed over.  Snag's shim sees the orders, so the
program must run under it: `snag gdb -- COMMAND`.  `delete` removes the
breakpoint."""

    NAME = "break-inversion"

    def act(self, argument: str, from_tty: bool) -> None:
        if argument:
            raise gdb.GdbError("snag break-inversion takes no argument.")
        if gdb.selected_inferior().pid and not recording.find(inferior.current())[0]:
            without = "This program runs without Snag's shim, which sees the orders"
            raise gdb.GdbError(f"{without}; use `snag gdb -- COMMAND`.")
        found = [each for each in gdb.breakpoints() if each.location == ON_DEPENDENCY]
        if found:
            raise gdb.GdbError(f"Breakpoint {found[0].number} stops at inversions already.")
        Inversions()


class Dependencies(Facts):
    """A recording, and the orders in it."""

    def __init__(self, address: int):
        super().__init__(recording.reader(address))
        self.address = address
        self._orders = Orders()

    def closed_chain(self) -> List[Edge]:
        """The first chain that was closed since the last look; empty when none was."""
        found = [dep for dep in self.new_dependencies() if dep.op == layout.OP_ACQUIRE]
        chains = [self._orders.add(edge) for dep in found for edge in _edges(dep)]
        return next((chain for chain in chains if chain), [])


def _edges(dep: Dependency) -> List[Edge]:
    return [
        Edge(dep.thread, each.object, each.stack, dep.object, dep.stack,
             each.mode == layout.MODE_READ, dep.mode == layout.MODE_READ,
             frozenset(other.object for other in dep.held if other.object != each.object))
        for each in dep.held
    ]


class Inversions(gdb.Breakpoint):
    """Stops where a new dependency contradicts the older ones."""

    def __init__(self) -> None:
        super().__init__(ON_DEPENDENCY)  # pending, until the shim is loaded
        self.silent = True
        self.commands = f"silent\npython __import__('{__name__}').inversion.tell({self.number})\n"
        self.chain: List[Edge] = []
        self.dependencies: Optional[Dependencies] = None
        if gdb.selected_inferior().pid:
            self._closed_chain()  # what there is already

    def stop(self) -> bool:
        """A dependency has been written."""
        try:
            self.chain = self._closed_chain()
            return bool(self.chain)
        except (gdb.error, ValueError, struct.error):
            return False  # there will be another one

    def _closed_chain(self) -> List[Edge]:
        address = recording.anchor_address()
        if not self.dependencies or self.dependencies.address != address:
            self.dependencies = Dependencies(address)
        return self.dependencies.closed_chain()


def tell(number: int) -> None:
    """Says what was stopped for."""
    found = next((each for each in gdb.breakpoints() if each.number == number), None)
    if isinstance(found, Inversions) and found.chain and found.dependencies:
        with command.in_one_sentence(BreakInversion.NAME), inferior.kept_selection():
            command.write(_report(found.chain, found.dependencies))


def _report(chain: List[Edge], dependencies: Dependencies) -> str:
    describer = Describer(Snapshot(), False)
    by_index = {thread.slot.thread: thread for thread in describer.snapshot.threads if thread.slot}
    text = f"Lock order inverted: {len(chain)} orders contradict each other.\n"
    for i, edge in enumerate(chain):
        thread = by_index.get(edge.thread)
        ended = f"A thread that has ended (number {edge.thread} of all)"
        who = command.capital(describer.thread(thread)) if thread else ended
        held, wanted = (describer.lock(dependencies.lock(number)) for number in (edge.held, edge.wanted))
        text += f"\n{who}{'' if i else ', now,'} asks for {wanted}\n{_stack(edge.wanted_stack, dependencies)}"
        text += f"    while it holds {held}, taken\n{_stack(edge.held_stack, dependencies)}"
    return text


def _stack(number: int, dependencies: Dependencies) -> str:
    found = places.own(places.of_stack(dependencies.stack(number), dependencies))
    lines = [f"    {'in  ' if i else 'at  '}{place}\n" for i, place in enumerate(found[:MAX_FRAMES])]
    return "".join(lines) + (f"    ... {len(found) - MAX_FRAMES} more frames\n" if len(found) > MAX_FRAMES else "")

# SPDX-License-Identifier: MIT
"""snag watch: who touches a variable, holding which locks; and the moment when no common lock is left."""

import re
from typing import Dict, List, Optional, Tuple

import gdb

from . import command, inferior, names, places, recording, snapshot, table, waits
from .eraser import Access, Variable
from .waits import Lock

HEAD = ("Num", "Variable", "State", "Accesses", "Threads", "Locks in common")
MAX_FRAMES = 8  # kept of the stack of an access

_watched: Dict[int, "Watchpoint"] = {}  # by number


class Watch(command.Action):
    """Find out which locks protect a variable, and stop when none is left.
Usage: snag watch [VARIABLE | NUMBER]

Every access by any thread is seen (a hardware watchpoint), and the locks that
were held at all of them are kept (Eraser's lock set).  The program stops the
moment a variable that several threads use, and one writes, has no such lock
left; both stacks are shown.  `snag watch` lists the variables, `snag watch
NUMBER` shows one again, `delete NUMBER` ends it.  The locks that a thread holds
are known with Snag's shim: `snag gdb -- COMMAND`."""

    NAME = "watch"

    def act(self, argument: str, from_tty: bool) -> None:
        watched = {number: each for number, each in _watched.items() if each.is_valid()}
        if not argument:
            command.write(_list(watched))
        elif argument.isdigit():
            if int(argument) not in watched:
                raise gdb.GdbError(f"There is no watched variable {argument}; `snag watch` lists them.")
            command.write(watched[int(argument)].report())
        else:
            if gdb.selected_inferior().pid and not recording.find(inferior.current())[0]:
                raise gdb.GdbError("Which locks are held is known only with Snag's shim; use `snag gdb -- COMMAND`.")
            watchpoint = Watchpoint(argument)
            _watched[watchpoint.number] = watchpoint

    def complete(self, text: str, word: str) -> int:
        """A variable."""
        return gdb.COMPLETE_EXPRESSION


class Watchpoint(gdb.Breakpoint):
    """A watched variable; GDB calls stop() at every access."""

    def __init__(self, text: str):
        super().__init__(_spec(text), type=gdb.BP_WATCHPOINT, wp_class=gdb.WP_ACCESS)
        self.text = text
        self.variable = Variable()
        self.names: Dict[Lock, str] = {}
        self.problem = ""
        self._pid = 0
        self._value: Optional[str] = None
        self.commands = f"snag watch {self.number}\n"

    def stop(self) -> bool:
        """Takes the access of the selected thread into account."""
        try:
            return self._access(gdb.selected_thread())
        except Exception as error:  # an error here would be repeated at every access
            self.problem = f"{error}"
            return True

    def report(self) -> str:
        """What is known of it, in words."""
        variable = self.variable
        if self.problem:
            return f"`{self.text}` cannot be judged: {self.problem}.\n"
        if not variable.culprits:
            locks = f"; locks in common: {self.common_locks()}" if variable.was_shared else ""
            return f"`{self.text}` is {variable.state}{locks}.\n"
        now, before = variable.culprits
        text = f"No lock protects `{self.text}`: several threads use it, and no lock is held at all of these accesses."
        return text + "\n" + self._access_text(now) + self._access_text(before)

    def common_locks(self) -> str:
        """The locks that were held at every access."""
        return ", ".join(self.names[lock] for lock in self.variable.candidates) or "none"

    def _access(self, thread: gdb.InferiorThread) -> bool:
        self._forget_other_run(thread)
        recorded = recording.find_live(thread.inferior)
        if not recorded:
            raise ValueError("which locks are held is known only with Snag's shim")
        slot = recorded.slot_of(inferior.tid_inside(thread.inferior, thread.ptid[1]))
        holds = snapshot.holds_of(recorded, slot) if slot else []
        for lock in (hold.lock for hold in holds if hold.lock not in self.names):
            self.names[lock] = f"{lock.kind} {names.global_at(lock.address) or names.bare(lock.address)}"
        who = f'thread {inferior.number_of(thread)} "{thread.name}"'
        held = {hold.lock: hold.mode for hold in holds if hold.mode != waits.TOKEN}
        access = Access(thread.global_num, who, self._has_changed(), held, _stack(thread))
        alive = frozenset(each.global_num for each in thread.inferior.threads() if each.is_valid())
        return self.variable.access(access, alive)

    def _forget_other_run(self, thread: gdb.InferiorThread) -> None:
        if self._pid != thread.inferior.pid:
            self._pid, self._value, self.problem = thread.inferior.pid, None, ""
            self.variable, self.names = Variable(), {}

    def _has_changed(self) -> bool:
        """Whether the access was a write, as far as the value tells."""
        try:
            value = gdb.parse_and_eval(self.expression.replace("-location ", "")).format_string(max_elements=0)
        except gdb.error:
            value = None
        has_changed, self._value = value != self._value, value
        return has_changed

    def _access_text(self, access: Access) -> str:
        verb = "writes" if access.is_write else "reads"
        modes = {waits.READ: " (to read)"}
        held = ", ".join(self.names[lock] + modes.get(mode, "") for lock, mode in access.held.items())
        lines = [f"    {'in  ' if i else 'at  '}{place}\n" for i, place in enumerate(access.stack)]
        return f"\n{command.capital(access.who)} {verb} it, holding {held or 'no lock'}\n" + "".join(lines)


def _stack(thread: gdb.InferiorThread) -> Tuple[str, ...]:
    """Where the access was: the thread is one instruction further."""
    frames = list(inferior.frames_of(thread))
    found = places.own([places.of_pc(frames[0].pc()), *map(places.of_frame, frames[1:])])
    return tuple(map(str, found[:MAX_FRAMES]))


def _spec(text: str) -> str:
    """A global variable is found again after the next `run`; all else is watched where it lies now."""
    name = re.match(r"\w+", text)
    is_global = name and (gdb.lookup_global_symbol(name[0]) or gdb.lookup_static_symbol(name[0]))
    return text if is_global or not gdb.selected_inferior().pid else f"-location {text}"


def _list(watched: Dict[int, Watchpoint]) -> str:
    if not watched:
        return "No variable is watched; `snag watch VARIABLE` begins.\n"
    rows: List[List[str]] = [[str(number), *_row(each)] for number, each in watched.items()]
    return table.table(HEAD, rows, command.screen_width())


def _row(watched: Watchpoint) -> List[str]:
    variable = watched.variable
    locks = watched.common_locks() if variable.was_shared else ""
    threads = ", ".join(access.who for access in variable.last.values())
    return [watched.text, variable.state, str(variable.n_accesses), threads, locks]

# SPDX-License-Identifier: MIT
"""snag order: makes an interleaving happen, by holding one thread at a place until another has passed its own.

A rule has a gate, which is a breakpoint, at each of its two places.  Who comes to the second one too early is frozen
there.  Who comes to the first one is made to finish the statement, alone; if that needs others to move, a third gate
stands where the call that it waits in returns to.  Then the rule is fulfilled, and the frozen ones are thawed.

In non-stop mode the others move anyway, and no command may be waited for while another one is: there GDB tells when the
statement is finished.
"""

import re
from typing import Callable, Dict, List, NamedTuple, Optional

import gdb

from . import command, frozen, inferior, meant, places, stepping
from .sentry import Sentry

RULE = re.compile(r"(?P<first>\S.*?@.+?)\s+before\s+(?P<second>\S.*?@.+)")


class Order(command.Action):
    """Hold one thread at a place until another has passed its own.
Usage: snag order THREAD@LOCATION before THREAD@LOCATION
       snag order [--save FILE | --delete NUMBER]

THREAD is a number, a name, or a /regular expression/ for names.  A thread that
comes to the second place too early is held there, frozen, until the first one
has finished the statement at its place; then the rule is fulfilled, until the
next `run`.  `snag order` lists the rules.  --save writes them into a file that
`source FILE` gives again."""

    NAME = "order"

    def act(self, argument: str, from_tty: bool) -> None:
        if argument == GO_ON:
            _go_on()
            return
        rest, options = command.split_options(self.NAME, argument, ["save", "delete"])
        if "save" in options:
            _save(options["save"])
        elif "delete" in options:
            _delete(options["delete"])
        elif rest:
            _rules.append(Rule(rest))
        else:
            command.write("".join(f"{i}  {rule}\n" for i, rule in enumerate(_rules, 1)) or "There is no rule.\n")

    def complete(self, text: str, word: str) -> List[str]:
        """Names of threads."""
        begun = re.search(r"(?:^|\bbefore\s+)([^@\s]*)$", text)
        return meant.complete_thread(begun[1], word) if begun else []


GO_ON = "--go-on"  # what the gates say


class Point(NamedTuple):
    """A thread at a place."""

    thread: str
    location: str

    def __str__(self) -> str:
        return f"{self.thread}@{self.location}"


class Rule:
    """One pass of a thread through a place comes before another one's."""

    def __init__(self, text: str):
        found = RULE.fullmatch(text)
        points = [_point(found[name]) for name in ("first", "second")] if found else []
        if None in points or not found:
            raise gdb.GdbError("A rule is: THREAD@LOCATION before THREAD@LOCATION; see `help snag order`.")
        self.first, self.second = points
        self.is_fulfilled = False
        self.held: List[gdb.InferiorThread] = []
        self._gates = [Gate(self.second, self._hold), Gate(self.first, self._let_pass)]

    def __str__(self) -> str:
        held = ", ".join(f"thread {inferior.number_of(thread)}" for thread in self.held if frozen.is_frozen(thread))
        state = "fulfilled" if self.is_fulfilled else f"{held} waits there" if held else ""
        return f"{self.first} before {self.second}" + (f"  ({state})" if state else "")

    def begin(self) -> None:
        """The program begins anew."""
        self.is_fulfilled, self.held = False, []
        for gate in self._gates:
            gate.enabled = True

    def delete(self) -> None:
        """It is a rule no more; nobody is held by it."""
        self._fulfil()
        for gate in self._gates:
            gate.delete()

    def _hold(self, thread: gdb.InferiorThread) -> None:
        if not self.is_fulfilled:
            frozen.freeze(thread)
            self.held.append(thread)

    def _let_pass(self, thread: gdb.InferiorThread) -> None:
        """The thread has come to the first place: it finishes the statement."""
        self._gates[1].enabled = False
        if gdb.parameter("non-stop"):
            _passing[thread.global_num] = self
            gdb.execute("next &")
            return
        frozen.let_others_out(thread)
        sentry = Sentry(thread)
        with inferior.this_thread_only(), sentry:
            gdb.execute("next", to_string=True)
        if sentry.has_fired and thread.is_valid():
            need, is_hopeless = stepping.need_of(thread)
            if is_hopeless:
                raise gdb.GdbError(f"{need}The rule {self} cannot be fulfilled.")
            thread.switch()
            self._gates.append(Gate(Point(inferior.number_of(thread), _way_back(thread)), self._has_passed))
        else:
            self._fulfil()

    def finish(self, thread: gdb.InferiorThread, is_for_user: bool) -> None:
        """(Non-stop mode) The thread has finished the statement."""
        self._fulfil()
        if not is_for_user and thread.is_valid() and thread.is_stopped():
            with inferior.kept_selection():
                thread.switch()
                gdb.execute("continue &", to_string=True)

    def _has_passed(self, thread: gdb.InferiorThread) -> None:
        self._gates.pop().delete()
        self._fulfil()

    def _fulfil(self) -> None:
        self.is_fulfilled = True
        for gate in self._gates:
            gate.enabled = False
        with inferior.kept_selection():
            for thread in filter(frozen.is_frozen, self.held):
                frozen.thaw(thread)
        self.held = []


class Gate(gdb.Breakpoint):
    """Stops a thread at a place without a word; what is to be done there is done when it has stopped."""

    def __init__(self, point: Point, on_arrival: Callable[[gdb.InferiorThread], None]):
        super().__init__(point.location, internal=True)
        self._spec = meant.spec(point.thread)
        self._on_arrival = on_arrival
        self.silent = True
        self.commands = f"silent\nsnag order {GO_ON}\n"

    def stop(self) -> bool:
        """Whether the thread that comes by is the one."""
        thread = gdb.selected_thread()
        is_meant = self._spec.matches(inferior.number_of(thread), thread.name or "")
        if is_meant:
            _arrivals.setdefault(thread.global_num, []).append(self._on_arrival)
        return is_meant


_rules: List[Rule] = []
# By GDB's global number of the thread: what is to be done at the gates that it has just come to; whose statement it finishes.
_arrivals: Dict[int, List[Callable[[gdb.InferiorThread], None]]] = {}
_passing: Dict[int, Rule] = {}
_last_stop: List[gdb.Event] = []


def _go_on() -> None:
    """Does what the gates want of the thread that has come to them, and lets the program go on."""
    thread, why = gdb.selected_thread(), list(_last_stop)
    arrived = _arrivals.pop(thread.global_num, [])
    for on_arrival in arrived:
        on_arrival(thread)
    is_for_user = any(map(_is_for_user, why + _last_stop))
    if not arrived or is_for_user or not gdb.selected_inferior().pid:
        return
    if not gdb.parameter("non-stop"):
        gdb.execute("continue")
    elif thread.is_stopped() and not frozen.is_frozen(thread):
        gdb.execute("continue &")


def _is_for_user(event: gdb.Event) -> bool:
    """Whether it is a stop at a breakpoint of the user's."""
    return any(each.visible for each in getattr(event, "breakpoints", []) if each.is_valid())


def _remember_stop(event: gdb.Event) -> None:
    _last_stop[:] = [event]
    thread = getattr(event, "inferior_thread", None)
    rule = _passing.pop(thread.global_num, None) if thread else None
    if rule:
        is_for_user = _is_for_user(event)
        gdb.post_event(lambda: rule.finish(thread, is_for_user))


def _way_back(thread: gdb.InferiorThread) -> str:
    """Where the call that the thread waits in returns to the person's own code."""
    frames = inferior.frames_of(thread)
    frame: Optional[gdb.Frame] = next((each for each in frames if places.of_frame(each).is_own), None)
    return f"*{(frame or gdb.newest_frame()).pc():#x}"


def _point(text: str) -> Optional[Point]:
    thread, at, location = text.partition("@") if not text.startswith("/") else text.rpartition("@")
    return Point(thread.strip(), location.strip()) if at and thread.strip() and location.strip() else None


def _save(path: str) -> None:
    try:
        with open(path, "w", encoding="utf-8") as file:
            file.writelines(f"snag order {rule.first} before {rule.second}\n" for rule in _rules)
    except OSError as error:
        raise gdb.GdbError(f"{path} cannot be written: {error.strerror}.") from None


def _delete(number: str) -> None:
    if not number.isdigit() or not 0 < int(number) <= len(_rules):
        raise gdb.GdbError(f"There is no rule {number}; `snag order` lists them.")
    _rules.pop(int(number) - 1).delete()


def _begin_again(_) -> None:
    _passing.clear()
    for rule in _rules:
        rule.begin()


gdb.events.exited.connect(_begin_again)
gdb.events.stop.connect(_remember_stop)

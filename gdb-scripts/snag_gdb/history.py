# SPDX-License-Identifier: MIT
"""snag history: what a thread did last, or what was done to a lock, from the recording in memory."""

from typing import Dict, List, Optional, Tuple, Union

import gdb

from . import command, layout, meant, places, recording, table
from .describe import Describer
from .facts import Facts
from .operations import Operation

SHOWN = 20
DID = {
    layout.FULL_ACQUIRE: "gets",
    layout.FULL_RELEASE: "gives back",
    layout.FULL_SIGNAL: "signals",
    layout.FULL_WOKEN: "has got",
}
DID_FIRST = {layout.OP_ACQUIRE: "asks for", layout.OP_WAIT: "waits for", layout.OP_SIGNAL: "signals", layout.OP_ACCESS: "uses"}
HEAD = ("Not before", "Thread", "Does", "What", "Holding", "At")
LIGHT = "Recorded lightly: only what a thread does for the first time; `snag gdb --mode full` records all."
OLDER = "What was done long ago is not looked at."

Row = Tuple[str, str, str, str, str, str]


class History(command.Command):
    """Show the last operations of a thread, or on a lock, oldest first.
Usage: snag history [THREAD | LOCK] [--last N]

THREAD is a number, a name, or a /regular expression/ for names; LOCK is an
expression, or a name as `snag locks` shows it; without either, the selected
thread is meant.  With full recording (`snag gdb --mode full -- COMMAND`) each
operation is there, with the last time before it at which the thread looked at
the clock: it does so when it has waited, and now and then; else only what a
thread did with other locks held for the first time, and what it waited for or
signalled.  The last 20 are shown, or N."""

    NAME = "history"
    TAKES_ARGUMENT = True
    IS_BRIEF = True
    HAS_OPTIONS = True

    def answer(self, describer: Describer, argument: str) -> str:
        text, options = command.split_options(self.NAME, argument, ["last"])
        last = options.get("last", str(SHOWN))
        if not last.isdigit():
            raise gdb.GdbError("snag history --last needs a number.")
        facts = _facts(describer)
        threads, locks = _meant(describer, text)
        rows = _operations(facts, describer, threads, locks) or _dependencies(facts, describer, threads, locks)
        if not rows:
            return "Nothing of that is in the recording.\n"
        shown = rows[-int(last) :] if int(last) else []
        more = f"... {len(rows) - len(shown)} older ones\n" if len(rows) > len(shown) else ""
        remark = "" if describer.snapshot.recording.header.mode == layout.TRACE_FULL else f"({LIGHT})\n"
        remark += f"({OLDER})\n" if facts.has_older else ""
        return more + table.table(HEAD, shown, command.screen_width()) + remark

    def complete(self, text: str, word: str) -> Union[int, List[str]]:
        """Names of threads and of locks."""
        return meant.complete_thread(text, word) + meant.complete_lock(text, word)


def _facts(describer: Describer) -> Facts:
    address = recording.address_now()
    if not describer.snapshot.recording or not address:
        raise gdb.GdbError("What was done is known only with Snag's shim; use `snag gdb -- COMMAND`.")
    return Facts(recording.reader(address))


def _meant(describer: Describer, text: str) -> Tuple[Dict[int, str], Optional[meant.Area]]:
    """By its number in the recording, the name of each thread that is meant; or where the lock lies."""
    known = {each.slot.thread: str(each) for each in describer.snapshot.threads if each.slot}
    try:
        found = meant.threads(describer.snapshot, text)
    except gdb.GdbError:
        _, area = meant.locks(describer, text)
        if not area:
            raise gdb.GdbError(f'"{text}" is neither a thread nor a lock here.') from None
        return known, area
    return {each.slot.thread: str(each) for each in found if each.slot}, None


def _is_meant(facts: Facts, number: int, thread: int, threads: Dict[int, str], area: Optional[meant.Area]) -> bool:
    return area.covers(facts.lock(number)) if area else thread in threads


def _operations(facts: Facts, describer: Describer, threads: Dict[int, str], area: Optional[meant.Area]) -> List[Row]:
    """From a full recording; those on one lock in the order that its sequence gives."""
    found = [each for each in facts.operations() if _is_meant(facts, each.object, each.thread, threads, area)]
    if area:
        found.sort(key=lambda each: (each.object, each.sequence, each.op == layout.FULL_RELEASE))
        found = _in_time(found)
    return [_row(facts, describer, threads, each) for each in found]


def _in_time(ordered: List[Operation]) -> List[Operation]:
    """What was done to a lock later than another thing was not done before that."""
    latest: Dict[int, int] = {}
    found = []
    for each in ordered:
        latest[each.object] = max(latest.get(each.object, 0), each.since_ns)
        found.append(each._replace(since_ns=latest[each.object]))
    return found


def _row(facts: Facts, describer: Describer, threads: Dict[int, str], each: Operation) -> Row:
    when, who = describer.clock(each.since_ns, True), _who(threads, each.thread)
    return when, who, DID.get(each.op, ""), describer.lock(facts.lock(each.object)), "", _place(facts, each.stack)


def _dependencies(facts: Facts, describer: Describer, threads: Dict[int, str], area: Optional[meant.Area]) -> List[Row]:
    rows = []
    for each in facts.new_dependencies():
        if _is_meant(facts, each.object, each.thread, threads, area):
            held = ", ".join(describer.lock_name(facts.lock(hold.object)) for hold in each.held)
            what = describer.lock(facts.lock(each.object))
            did = DID_FIRST.get(each.op, "")
            rows.append(("", _who(threads, each.thread), did, what, held, _place(facts, each.stack)))
    return rows


def _who(threads: Dict[int, str], thread: int) -> str:
    return threads.get(thread, f"one that has ended ({thread})")


def _place(facts: Facts, stack: int) -> str:
    return str(next(iter(places.own(places.of_stack(facts.stack(stack), facts))), ""))

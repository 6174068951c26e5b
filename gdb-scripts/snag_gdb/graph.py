# SPDX-License-Identifier: MIT
"""snag graph: who waits for whom, as chains on the screen or as a drawing for Graphviz."""

from typing import Dict, List

import gdb

from . import command, waits
from .describe import Describer
from .snapshot import Thread


class Graph(command.Command):
    """Show who waits for whom.
Usage: snag graph [FILE.dot]

Without FILE, each waiting thread begins a line that goes from it to what it
waits for, to who has that, and so on.  With FILE, the graph is written there
for Graphviz: `dot -Tsvg FILE.dot`.  Threads in a deadlock are red."""

    NAME = "graph"
    TAKES_ARGUMENT = True

    def answer(self, describer: Describer, argument: str) -> str:
        if not argument:
            return _chains(describer)
        try:
            with open(argument, "w", encoding="utf-8") as file:
                file.write(_dot(describer))
        except OSError as error:
            raise gdb.GdbError(f"{argument} cannot be written: {error.strerror}.") from None
        return f"The graph is in {argument}; `dot -Tsvg {argument}` draws it.\n"

    def complete(self, text: str, word: str) -> int:
        """A file name."""
        return gdb.COMPLETE_FILENAME


def _chains(describer: Describer) -> str:
    graph = describer.snapshot.graph
    waiting = [thread for thread in graph.threads if thread.wait]
    if not waiting:
        return "No thread waits for anything of another.\n"
    wanted = {id(owner) for thread in waiting for owner in graph.owners(thread.wait)}
    ends = [thread for thread in waiting if id(thread) not in wanted]
    stuck = [cycle[0] for cycle in graph.cycles()]
    covered: set = set()
    chains = [_chain(describer, thread, covered) for thread in ends]
    return "".join(chains + [_chain(describer, thread, covered) for thread in stuck if id(thread) not in covered])


def _chain(describer: Describer, thread: Thread, covered: set) -> str:
    """From a thread on, until one runs, or comes for the second time."""
    parts, seen = [str(thread)], {id(thread)}
    while thread.wait:
        parts.append(describer.lock(thread.wait.lock))
        owners = describer.snapshot.graph.owners(thread.wait)
        if not owners:
            break
        thread = owners[0]
        more = f" and {len(owners) - 1} more" if len(owners) > 1 else ""
        parts.append(f"{thread}{more}")
        if id(thread) in seen:
            parts[-1] += " again: a circle"
            break
        seen.add(id(thread))
    covered |= seen
    return " -> ".join(parts) + "\n"


def _dot(describer: Describer) -> str:
    """Threads are boxes, locks ellipses; an edge goes to what is waited for, or to who holds it."""
    graph = describer.snapshot.graph
    stuck = {id(thread) for cycle in graph.cycles() for thread in cycle}
    ids: Dict[int, str] = {id(thread): f"t{i}" for i, thread in enumerate(graph.threads)}
    involved = [t for t in graph.threads if t.wait or t.holds]
    lines: List[str] = ["digraph snag {", "\trankdir=LR;", "\tnode [fontname=sans];"]
    lines += [_node(ids[id(thread)], str(thread), "box", id(thread) in stuck) for thread in involved]
    for i, lock in enumerate(graph.locks()):
        lines.append(_node(f"l{i}", describer.lock(lock), "ellipse", False))
        for holder, hold in graph.holders.get(lock, []):
            lines.append(_edge(f"l{i}", ids[id(holder)], "held by", describer.taken_at(hold), id(holder) in stuck))
        for waiter in graph.waiters.get(lock, []):
            at = str(next(iter(describer.waits_at(waiter)), ""))
            lines.append(_edge(ids[id(waiter)], f"l{i}", "waits for", at, id(waiter) in stuck))
    for thread in involved:
        for joined in graph.owners(thread.wait) if thread.wait and thread.wait.lock.kind == waits.THREAD else ():
            lines.append(_edge(ids[id(thread)], ids[id(joined)], "waits for the end of", "", id(thread) in stuck))
            if joined not in involved:
                lines.append(_node(ids[id(joined)], str(joined), "box", False))
    return "\n".join([*lines, "}", ""])


def _node(name: str, label: str, shape: str, is_stuck: bool) -> str:
    return f"\t{name} [label={_text(label)}, shape={shape}{', color=red' if is_stuck else ''}];"


def _edge(start: str, end: str, what: str, place: str, is_stuck: bool) -> str:
    label = _text(what + (f"\n{place}" if place else ""))
    return f"\t{start} -> {end} [label={label}{', color=red' if is_stuck else ''}];"


def _text(text: str) -> str:
    quoted = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{quoted}"'

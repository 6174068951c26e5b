# SPDX-License-Identifier: MIT
"""A snapshot of the program, or a part of it, for scripts: what `--json` prints.

    {"snag": 1,
     "threads": [{"id": "2", "tid": N, "name": "worker", "state": "...", "start": "...", "created_at": [frames],
                  "wants": {"lock": L, "mode": "write", "timed": false, "at": [frames]} or null,
                  "holds": [{"lock": L, "mode": "write", "levels": 1, "at": [frames]}]}],
     "locks": [{"id": L, "kind": "mutex", "name": "...", "address": "0x...", "owners": ["2"], "waiters": ["3"]}],
     "deadlocks": [["2", "3"]]}

`deadlocks` is in the answer of `snag deadlock` alone.  A frame is as in the report of `snag run`.
"""

from typing import Dict, Iterable, List, Optional, Sequence

from . import waits
from .describe import Describer
from .places import Place
from .snapshot import Thread
from .waits import Lock


def document(
    describer: Describer,
    threads: Iterable[Thread],
    locks: Iterable[Lock],
    cycles: Optional[Sequence[Sequence[Thread]]] = None,
) -> dict:
    """These threads and locks, and what they refer to."""
    threads = list({id(thread): thread for thread in threads}.values())
    wanted = [thread.wait.lock for thread in threads if thread.wait]
    held = [hold.lock for thread in threads for hold in thread.holds]
    numbers = {lock: i for i, lock in enumerate(dict.fromkeys([*locks, *wanted, *held]), 1)}
    result = {
        "snag": 1,
        "threads": [_thread(describer, thread, numbers) for thread in threads],
        "locks": [_lock(describer, lock, number) for lock, number in numbers.items()],
    }
    if cycles is not None:
        result["deadlocks"] = [[_id(thread) for thread in cycle] for cycle in cycles]
    return result


def _id(thread: Thread) -> str:
    """GDB's number; a thread that GDB does not have has its TID."""
    return thread.number or f"LWP {thread.lwp}"


def _thread(describer: Describer, thread: Thread, numbers: Dict[Lock, int]) -> dict:
    return {
        "id": _id(thread),
        "tid": thread.lwp,
        "name": thread.name,
        "state": describer.state(thread),
        "start": describer.start_routine(thread),
        "created_at": _frames(describer.created_stack(thread)),
        "wants": _wait(describer, thread, numbers) if thread.wait else None,
        "holds": [_hold(describer, hold, numbers) for hold in thread.holds],
    }


def _wait(describer: Describer, thread: Thread, numbers: Dict[Lock, int]) -> dict:
    wait = thread.wait
    at = _frames(describer.waits_at(thread))
    return {"lock": numbers[wait.lock], "mode": wait.mode, "timed": wait.is_timed, "at": at}


def _hold(describer: Describer, hold: waits.Hold, numbers: Dict[Lock, int]) -> dict:
    at = _frames(describer.taken_stack(hold))
    return {"lock": numbers[hold.lock], "mode": hold.mode, "levels": hold.levels, "at": at}


def _lock(describer: Describer, lock: Lock, number: int) -> dict:
    graph = describer.snapshot.graph
    name = describer.lock_name(lock)
    result = {"id": number, "kind": lock.kind, "name": name, "address": hex(lock.address)}
    if lock.kind == waits.THREAD:
        result["address"] = None
        owners = graph.owners(waits.Wait(lock))
    else:
        owners = [thread for thread, _ in graph.holders.get(lock, [])]
    result["owners"] = [_id(thread) for thread in owners]
    result["waiters"] = [_id(thread) for thread in graph.waiters.get(lock, [])]
    return result


def _frames(places: Iterable[Place]) -> List[dict]:
    return [_frame(place) for place in places]


def _frame(place: Place) -> dict:
    return {
        "function": place.function or None,
        "file": place.file or None,
        "line": place.line or None,
        "module": place.module or None,
        "offset": hex(place.offset),
    }

# SPDX-License-Identifier: MIT
"""Runs inside GDB: gives every Snag command, and prints their answers, and what they changed, as one line of JSON."""

import json
import re

import gdb

NARROW = 80  # as in hang_test.py
QUESTIONS = ("deadlock", "threads", "locks", "locks no such lock", "graph", "holds /^/", "who no such lock",
             "deadlock --json", "threads --json", "locks --json")


def answer(command):
    """What a command prints, or the error that it ends in."""
    try:
        return gdb.execute(command, to_string=True)
    except gdb.error as error:
        return f"error: {error}"


def surroundings():
    """What belongs to the user, and must be the same after a command: selection, settings, values."""
    frame = gdb.selected_frame()
    return [
        gdb.selected_thread().num,
        frame.level(),
        frame.pc(),
        gdb.execute("show", to_string=True),
        gdb.execute("show convenience", to_string=True),
        gdb.execute("show values", to_string=True),
    ]


def print_narrow(command):
    """What a command prints on a narrow terminal; GDB knows no width while it prints to a string."""
    gdb.execute(f"set width {NARROW}")
    print("SNAG-NARROW")
    gdb.execute(command)
    print("SNAG-WIDE")


def select_second_frame():
    """So that a command that selects another thread or frame can be told."""
    thread = max(gdb.selected_inferior().threads(), key=lambda thread: (thread.is_stopped(), thread.num))
    thread.switch()
    if gdb.newest_frame().older():
        gdb.newest_frame().older().select()


def main():
    select_second_frame()
    before = surroundings()
    answers = {command: answer(f"snag {command}") for command in QUESTIONS}
    first = re.split("  +", answers["locks"].splitlines()[1])[1].split(", ")[0]
    for command in ("locks", "who"):
        answers[f"complete {command}"] = answer(f"complete snag {command} {first[:3]}")
    answers["who"] = answer(f"snag who {first}")
    answers["functions"] = "".join(answer(f'output $snag_thread("{spec}")') for spec in ("no such thread", "/^/"))
    is_kept = before == surroundings()
    print_narrow("snag threads")
    print("SNAG-TEST " + json.dumps({"answers": answers, "is_kept": is_kept, "selected": before[0]}))


main()

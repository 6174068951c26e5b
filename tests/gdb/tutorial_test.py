#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Gives GDB every command of the tutorial, in one session, and compares what it says with what the tutorial says.

    tutorial_test.py GDB SCRIPTS SHIM TUTORIAL PROGRAM

What differs from run to run, or from machine to machine, is left out of the comparison: addresses, TIDs, times, blanks.
"""

import difflib
import os
import re
import subprocess
import sys
import tempfile

PROMPT = "(gdb) "
# Only GDB says these, and where a thread was interrupted depends on the C library's debug information.
LEFT_OUT = re.compile(r"^(?:\[(?:New|Switching to) Thread.*|\[Thread .*|Using host libthread_db.*|"
                      r"Thread .* received signal SIGINT.*\n.*)\n", re.MULTILINE)
SAME = {
    r"0x[0-9a-f]+": "0x",
    r"LWP \d+": "LWP",
    r"(?m)^([* ] \d+ +)\d+": r"\1TID",
    r"\b\d\d:\d\d:\d\d\b": "TIME",
    r"process \d+": "process",
    r"\S*examples/bakery\.c": "bakery.c",
    r"\s+": " ",
    r"frozen; waits for mutex door, since TIME": "frozen",
    r"bakery (runs|waits for the end of thread 2, since TIME) ": "bakery ",
}


def comparable(text):
    """A text without what may differ, one line for each of GDB's."""
    for pattern, same in SAME.items():
        text = re.sub(pattern, same, text)
    return text.strip()


def session_of(path):
    """The commands of the tutorial's blocks, and what is said to each."""
    with open(path, encoding="utf-8") as file:
        blocks = re.findall(r"^```console\n(.*?)^```", file.read(), re.MULTILINE | re.DOTALL)
    session = []
    for line in "".join(blocks).splitlines(keepends=True):
        if line.startswith(PROMPT):
            session.append([line[len(PROMPT) :].rstrip("\n"), ""])
        else:
            session[-1][1] += line
    return session


def run(gdb, scripts, shim, program, commands):
    """What GDB says to each command."""
    with tempfile.TemporaryDirectory() as folder:
        quiet = ["set debuginfod enabled off", "set debug-file-directory /nonexistent", "set width 110",
                 "set print thread-events off"]
        wrapper = f"set exec-wrapper env LD_PRELOAD={shim} SNAG_OPTIONS=dir={folder}"
        asked = [part for i, each in enumerate(commands) for part in ("-ex", f"echo @@{i}\\n", "-ex", each)]
        command = [gdb, "--batch", "-nx", *(part for each in quiet for part in ("-iex", each)),
                   "-x", os.path.join(scripts, "snag-gdb.py"), "-ex", wrapper, *asked, program]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, timeout=120, check=False)
    print(done.stdout)
    return answers(done.stdout)


def answers(text):
    """What GDB has printed, command by command."""
    return re.split(r"^@@\d+\n", text, flags=re.MULTILINE)[1:]


def compare(session, got):
    """Prints where GDB says something else than the page; the exit status."""
    expected = [f"{command}: {comparable(said)}" for command, said in session]
    got = [f"{command}: {comparable(LEFT_OUT.sub('', answer))}" for (command, _), answer in zip(session, got)]
    print(*difflib.unified_diff(expected, got, "the page", "GDB", lineterm=""), sep="\n")
    return 0 if session and expected == got else 1


def main():
    gdb, scripts, shim, tutorial, program = sys.argv[1:]
    session = session_of(tutorial)
    commands = [command for command, _ in session]
    return compare(session, run(gdb, scripts, os.path.abspath(shim), os.path.abspath(program), commands))


if __name__ == "__main__":
    sys.exit(main())

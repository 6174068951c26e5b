#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A program of Debian's that hangs, with Debian's debug symbols: gives GDB every command of examples/debian.md, and compares.

    debian_test.py GDB SCRIPTS SHIM DEBIAN_MD KITCHEN_PY

Skipped where the interpreter or its symbols (python3-dbg, libc6-dbg) are not of the version that was seen.
"""

import glob
import os
import subprocess
import sys
import tempfile
import time

import tutorial_test

INTERPRETER = "/usr/bin/python3.11"
EXTENSION = f"/usr/share/gdb/auto-load{INTERPRETER}-gdb.py"
SKIPPED, TIME_LIMIT_S = 77, 60
FUTEX = "202"  # the number of the system call on x86-64
SAME = {r"#\d+ ": "#N ", r"\S*/kitchen\.py": "kitchen.py", r"Thread 0x \(LWP": "Thread (LWP"}


def what_is_missing():
    """What Debian has, and this machine does not; "" nothing."""
    files = {INTERPRETER: "python3.11", EXTENSION: "python3-dbg"}
    missing = [package for path, package in files.items() if not os.path.exists(path)]
    links = glob.glob("/usr/lib/debug/.build-id/*/*.debug")
    return ", ".join(missing) or ("" if links else "libc6-dbg")


def are_stuck(pid):
    """Whether all three threads sleep in the call that none of them comes out of."""
    calls = []
    for path in glob.glob(f"/proc/{pid}/task/*/syscall"):
        try:
            with open(path, encoding="ascii") as file:
                calls.append(file.read().split()[0])
        except OSError:
            return False
    return calls == [FUTEX] * 3


def wait_until_stuck(pid):
    """They meet and part at futexes before, too: they are believed when they stay there."""
    end, n_looks = time.monotonic() + TIME_LIMIT_S, 0
    while n_looks < 50:
        if time.monotonic() > end:
            sys.exit("the cooks do not hang")
        n_looks = n_looks + 1 if are_stuck(pid) else 0
        time.sleep(0.02)


def answers_of(gdb, scripts, pid, commands):
    """What GDB says to each command."""
    quiet = ["set debuginfod enabled off", "set width 0", "set print thread-events off"]
    asked = [part for i, each in enumerate(commands) for part in ("-ex", f"echo @@{i}\\n", "-ex", each)]
    command = [gdb, "--batch", "-nx", *(part for each in quiet for part in ("-iex", each)),
               "-x", os.path.join(scripts, "snag-gdb.py"), "-p", str(pid), *asked]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          timeout=120, check=False)
    print(done.stdout)
    return tutorial_test.answers(done.stdout)


def main():
    gdb, scripts, shim, page, program = sys.argv[1:]
    if what_is_missing():
        print(f"missing: {what_is_missing()}")
        return SKIPPED
    session = tutorial_test.session_of(page)
    tutorial_test.SAME = {**SAME, **tutorial_test.SAME}
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "LD_PRELOAD": os.path.abspath(shim), "SNAG_OPTIONS": f"dir={folder}/session"}
        cooks = subprocess.Popen([INTERPRETER, program], env=environment, stdin=subprocess.DEVNULL)
        try:
            wait_until_stuck(cooks.pid)
            answers = answers_of(gdb, scripts, cooks.pid, [command for command, _ in session])
        finally:
            cooks.kill()
            cooks.wait()
    return tutorial_test.compare(session, answers)


if __name__ == "__main__":
    sys.exit(main())

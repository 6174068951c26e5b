# SPDX-License-Identifier: MIT
"""GDB sessions on small programs, for the tests beside this file.  Their first arguments: GDB SCRIPTS SHIM."""

import os
import subprocess
import sys
import tempfile
import threading
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, ".."))
from run_scenario import markers_of  # noqa: E402 (its folder is known only now)

GDB, SCRIPTS, SHIM = map(os.path.abspath, sys.argv[1:4])
QUIET = ["-iex", "set debuginfod enabled off", "-iex", "set debug-file-directory /nonexistent",
         "-iex", "set breakpoint pending on", "-iex", "set width 0"]


def places(*sources):
    """By the comment that ends a line of these sources: `FILE:LINE`."""
    marks = {}
    for source in sources:
        marks.update(markers_of(os.path.join(HERE, source)))
    return {mark: "{}:{}".format(*found[0]) for mark, found in marks.items()}


class Session(unittest.TestCase):
    """Runs GDB on a program."""

    PROGRAM = ""

    def talk(self, program, *commands, until):
        """The same in non-stop mode, where commands do not wait for the program: what is printed until this is."""
        before = ["-iex", "set non-stop on", "-iex", "set confirm off"]
        command = [GDB, "-q", "-nx", *QUIET, *before, "-x", os.path.join(SCRIPTS, "snag-gdb.py"), program]
        with tempfile.TemporaryDirectory() as folder, subprocess.Popen(
                command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                text=True) as debugger:
            timer = threading.Timer(60, debugger.kill)
            timer.start()
            debugger.stdin.write("".join(f"{each}\n" for each in commands))
            debugger.stdin.flush()
            output = ""
            while until not in output:
                line = debugger.stdout.readline()
                self.assertTrue(line, output)
                output += line
            debugger.stdin.close()
            timer.cancel()
        print(output)
        self.assertNotIn("Python Exception", output)
        return output

    def gdb(self, *commands, program=None, shim=True, before=(), options=""):
        """What GDB and the program print."""
        with tempfile.TemporaryDirectory() as folder:
            wrapper = f"set exec-wrapper env LD_PRELOAD={SHIM} SNAG_OPTIONS=dir={folder}{options}"
            asked = [argument for each in ([wrapper] * shim + list(commands)) for argument in ("-ex", each)]
            scripts = ["-x", os.path.join(SCRIPTS, "snag-gdb.py")]
            program = program or self.PROGRAM
            target = [program] if isinstance(program, str) else program
            command = [GDB, "--batch", "-nx", *QUIET, *before, *scripts, *asked, *target]
            done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, check=False, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True, timeout=60)
        print(done.stdout)
        self.assertNotIn("Traceback", done.stdout)
        return done.stdout

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Snag's commands in a GDB that has no program: help, completion, and errors of one sentence.

    alone_test.py GDB snag-gdb.py
"""

import subprocess
import sys
import unittest

GDB, SCRIPT = sys.argv[1:3]
TELLING = ("deadlock", "graph", "holds", "locks", "threads", "who")
COMMANDS = sorted(TELLING + ("break", "break-deadlock", "finish", "freeze", "hwbreak", "next", "order", "step", "thaw", "watch"))


def gdb(*commands):
    """What GDB prints for these commands."""
    arguments = [argument for command in commands for argument in ("-ex", command)]
    done = subprocess.run([GDB, "--batch", "-nx", "-x", SCRIPT, *arguments], stdin=subprocess.DEVNULL, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120)
    return done.stdout


class Alone(unittest.TestCase):
    def test_help(self):
        for command in COMMANDS:
            self.assertIn(f"snag {command} -- ", gdb("snag"))
            self.assertIn(f"Usage: snag {command}", gdb(f"help snag {command}"))

    def test_completion(self):
        self.assertEqual(gdb("complete snag ").splitlines(), [f"snag {command}" for command in COMMANDS])
        self.assertEqual(gdb("complete snag locks a"), "")

    def test_no_process(self):
        for command in TELLING:
            self.assertRegex(gdb(f"snag {command}"), r"^There is no process and no core to look at[^\n]*\n$")

    def test_nonsense(self):
        self.assertRegex(gdb("snag nonsense"), r'^"nonsense" is no command of Snag[^\n]*\n$')
        self.assertEqual(gdb("snag deadlock now"), "snag deadlock takes no argument.\n")

    def test_loaded_twice(self):
        self.assertRegex(gdb(f"source {SCRIPT}", "snag threads"), r"^There is no process[^\n]*\n$")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])

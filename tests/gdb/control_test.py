#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Snag's commands that steer a program, in GDB sessions on small programs, with the shim and without.

    control_test.py GDB SCRIPTS SHIM MARKET ABBA
"""

import os
import re
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from run_scenario import markers_of  # noqa: E402 (its folder is known only now)

GDB, SCRIPTS, SHIM, MARKET, ABBA = map(os.path.abspath, sys.argv[1:6])
MARKS = markers_of(os.path.join(os.path.dirname(os.path.abspath(__file__)), "market.c"))
QUIET = ["-iex", "set debuginfod enabled off", "-iex", "set debug-file-directory /nonexistent",
         "-iex", "set breakpoint pending on", "-iex", "set width 0"]
HIT = re.compile(r'^Thread [\d.]+ "(\w+)" hit (?:Temporary )?(?:B|b)reakpoint.*?round=(\d)', re.MULTILINE)


def place(mark):
    """`FILE:LINE` of the line that ends in this comment."""
    return "{}:{}".format(*MARKS[mark][0])


class Session(unittest.TestCase):
    """Runs GDB on a program."""

    def gdb(self, *commands, program=MARKET, shim=True, before=()):
        """What GDB and the program print."""
        with tempfile.TemporaryDirectory() as folder:
            wrapper = [f"set exec-wrapper env LD_PRELOAD={SHIM} SNAG_OPTIONS=dir={folder}"] if shim else []
            asked = [argument for each in (*wrapper, *commands) for argument in ("-ex", each)]
            command = [GDB, "--batch", "-nx", *QUIET, *before, "-x", os.path.join(SCRIPTS, "snag-gdb.py"), *asked, program]
            done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, check=False, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, text=True, timeout=120)
        print(done.stdout)
        self.assertNotIn("Traceback", done.stdout)
        return done.stdout

    def hits(self, *commands, **options):
        """Which threads stopped at visit(), and in which rounds, until the program ended."""
        output = self.gdb(*commands, "run", *["continue"] * 9, **options)
        self.assertIn("9 visits, 6 sold", output)
        return [(name, int(number)) for name, number in HIT.findall(output)]


class Break(Session):
    def test_by_name(self):
        for shim in (True, False):
            self.assertEqual(self.hits("snag break visit --thread bob", shim=shim), [("bob", i) for i in range(3)])

    def test_by_regular_expression(self):
        found = self.hits("snag break visit --thread /^(bob|carol)$/ if round == 1")
        self.assertEqual(found, [("bob", 1), ("carol", 1)])

    def test_by_start(self):
        for shim in (True, False):
            self.assertEqual(self.hits("snag break visit --start clerk", shim=shim), [("carol", i) for i in range(3)])

    def test_by_creation(self):
        found = self.hits(f"snag break visit --created-at {place('creates bob')}")
        self.assertEqual(found, [("bob", i) for i in range(3)])
        output = self.gdb(f"snag break visit --created-at {place('creates bob')}", "run", shim=False)
        self.assertIn("known only with Snag's shim", output)

    def test_by_lock(self):
        for shim in (True, False):
            for lock in ("shop.ledger", "shop", "&shop.ledger"):
                found = self.hits(f"snag break visit --holding {lock} if round != 1", shim=shim)
                self.assertEqual(found, [("carol", 0), ("carol", 2)])

    def test_all_must_be_true(self):
        self.assertEqual(self.hits("snag break visit --start shopper --thread carol"), [])

    def test_kept_over_run(self):
        output = self.gdb("snag break visit --thread bob if round == 2", "run", "continue", "run", "snag break", "delete 1",
                          "snag break", "continue")
        self.assertEqual(HIT.findall(output), [("bob", "2")] * 2)
        self.assertRegex(output, r'\n1 +visit +thread\("bob"\) && \(round == 2\) +1\n')
        self.assertIn("There is no breakpoint for some threads only.", output)

    def test_complaints(self):
        for wrong in ("visit", "--thread bob", "visit --thread /(/", "visit --thred bob", "visit --thread"):
            output = self.gdb(f"snag break {wrong}", "info breakpoints")
            self.assertRegex(output, r"^\S[^\n]*\nNo breakpoints or watchpoints.\n$")
        output = self.gdb("snag break visit --holding nothing", "run")
        self.assertIn('"nothing" is no expression for a lock here', output)


class BreakDeadlock(Session):
    def test_stops_in_the_thread_that_closes_it(self):
        output = self.gdb("snag break-deadlock", "run", "info symbol $pc", "snag break-deadlock", program=ABBA)
        self.assertIn("Deadlock: 2 threads wait for each other.", output)
        self.assertIn("snag_on_deadlock", output)
        self.assertIn("Breakpoint 1 stops at deadlocks already.", output)

    def test_needs_the_shim(self):
        output = self.gdb("break main", "run", "snag break-deadlock", program=ABBA, shim=False)
        self.assertIn("runs without Snag's shim", output)


class Functions(Session):
    def test_in_conditions(self):
        condition = '$snag_holds("shop.ledger") && $snag_thread("carol") && $snag_waits("shop.ledger") == 0'
        self.assertEqual(self.hits(f"break visit if {condition}"), [("carol", i) for i in range(3)])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[6:])

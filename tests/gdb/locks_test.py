#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Stops at what threads do to locks: snag break-lock, snag break-inversion.

    locks_test.py GDB SCRIPTS SHIM ORDERS ABBA RACE BORROWERS MARKET
"""

import glob
import os
import re
import subprocess
import sys
import tempfile
import time
import unittest

import session
from session import places

ORDERS, ABBA, RACE, BORROWERS, MARKET = map(os.path.abspath, sys.argv[4:9])
PLACES = places("orders.c", "abba.c", "race.c")
TOLD = re.compile(r'^Thread \d+ "(\w+)" (has got|is about to give back) mutex (the master key|\w+\.\w+)', re.MULTILINE)


class BreakLock(session.Session):
    PROGRAM = ORDERS

    def told(self, *commands, n=12, **options):
        """Who was stopped, for what it did to which lock, until the program ended."""
        output = self.gdb(*commands, "run", *["continue"] * n, **options)
        self.assertIn("at home\n", output)
        return TOLD.findall(output)

    def test_one_lock(self):
        for mode in ("light", "full"):
            self.assertEqual(self.told("snag break-lock house.attic", options=f":mode={mode}"),
                             [("up", "has got", "house.attic"), ("down", "has got", "house.attic")])

    def test_one_thread_and_all_that_it_does(self):
        found = self.told("snag break-lock house --acquire --release --thread down")
        done = [("down", "has got", "house.attic"), ("down", "has got", "house.cellar"),
                ("down", "is about to give back", "house.cellar"), ("down", "is about to give back", "house.attic")]
        self.assertEqual(found, done)

    def test_some_threads(self):
        self.assertEqual(self.told("snag break-lock any --thread /^(in|up)$/ --release"),
                         [(who, "is about to give back", lock)
                          for who, locks in (("in", ("house.door", "house.gate", "the master key")), ("up", ("house.attic", "house.cellar")))
                          for lock in locks])
        self.assertEqual(self.told("snag break-lock any --start down"),
                         [("down", "has got", "house.attic"), ("down", "has got", "house.cellar")])
        self.assertEqual(self.told("snag break-lock house.cellar --holding house.attic"),
                         [("down", "has got", "house.cellar")])

    def test_shows_the_code_behind_the_lock(self):
        output = self.gdb("snag break-lock house.cellar --thread down", "run", "bt 2", "snag holds", "next",
                          "info symbol $pc")
        self.assertRegex(output, r"#0 +take_both \((.*\n)+#1 .* down \(")
        self.assertRegex(output, r"holds 2 locks:\n(.*\n)*.*house.cellar")
        self.assertRegex(output, r"\ntake_both\S* .*in section")

    def test_contended(self):
        output = self.gdb("snag break-lock any --contended", "run", "frame", program=ABBA)
        wait = re.search(r'"(first|second)" has to wait for mutex (\S+?), held by thread \d "(\w+)"\.\n', output)
        self.assertTrue(wait)
        self.assertEqual({wait[1], wait[3]}, {"first", "second"})
        self.assertRegex(output, rf"{PLACES[wait[1] + ' waits'].rpartition(':')[2]}\t.*pthread_mutex_lock")

    def test_in_a_running_program(self):
        """The plain mutexes are taken past the shim's books before, and again after."""
        output = self.gdb("break take_both", "run", "snag break-lock house.cellar", "delete 1", "continue", "delete",
                          "continue", "snag break-lock", "run", "snag break-lock")
        self.assertEqual(TOLD.findall(output), [("up", "has got", "house.cellar")])
        self.assertEqual(output.count("at home\n"), 2)
        self.assertEqual(output.count("There is no breakpoint at a lock.\n"), 2)

    def test_every_pass_of_a_running_program(self):
        """Most of them the shim does not look at, while there is no such breakpoint."""
        output = self.gdb("break write_down", "run", "snag break-lock book.lock --release", "delete 1",
                          *["continue"] * 7, program=RACE)
        told = re.findall(r'"(\w+)" is about to give back mutex book.lock', output)
        self.assertEqual(sorted(told), ["hare"] * 3 + ["tortoise"] * 3)
        self.assertIn("6 laps\n", output)

    def test_a_thread_by_number_and_the_next_run(self):
        output = self.gdb("snag break-lock house.attic --thread up", "run", "continue", "run", "snag break-lock",
                          "disable 1", "continue")
        self.assertEqual(TOLD.findall(output), [("up", "has got", "house.attic")] * 2)
        self.assertRegex(output, r'\n1 +house.attic +acquire +thread\("up"\) +1\n')
        output = self.gdb("break down", "run", "snag break-lock any --thread 1", "snag break-lock any --thread 5",
                          "continue", "continue", "continue")
        self.assertEqual(TOLD.findall(output), [("down", "has got", f"house.{lock}") for lock in ("attic", "cellar")])

    def test_complaints(self):
        for wrong in ("--acquire", "house.attic --acquired", "house.attic --thread /(/"):
            self.assertRegex(self.gdb(f"snag break-lock {wrong}", "info breakpoints"), r"^[^\n]+\nNo breakpoints")
        self.assertIn("runs without Snag's shim", self.gdb("break main", "run", "snag break-lock any", shim=False))
        output = self.gdb("break main", "run", "snag break-lock nothing", "snag break-lock")
        self.assertIn('"nothing" is no expression for a lock here', output)
        self.assertIn('"nothing" is no expression for a lock at the', self.gdb("snag break-lock nothing", "run"))


class BreakInversion(session.Session):
    PROGRAM = ORDERS

    def test_stops_in_the_thread_that_closes_it(self):
        output = self.gdb("snag break-inversion", "run", "snag break-inversion", "continue")
        first, second = PLACES["takes one"], PLACES["takes another"]
        stack = r"    at  take_both \({}\)\n    in  {} \({}\)\n"
        parts = [r"Lock order inverted: 2 orders contradict each other\.\n\n",
                 r"Thread \d \"down\", now, asks for mutex house.cellar\n",
                 stack.format(second, "down", PLACES["goes down"]), "    while it holds mutex house.attic, taken\n",
                 stack.format(first, "down", PLACES["goes down"]),
                 r"\nA thread that has ended \(number \d of all\) asks for mutex house.attic\n",
                 stack.format(second, "up", PLACES["goes up"]), "    while it holds mutex house.cellar, taken\n",
                 stack.format(first, "up", PLACES["goes up"])]
        self.assertRegex(output, "".join(parts))
        self.assertIn("Breakpoint 1 stops at inversions already.", output)
        self.assertEqual(output.count("Lock order inverted"), 1)
        self.assertIn("at home\n", output)

    def test_set_when_half_of_it_has_happened(self):
        output = self.gdb("break down", "run", "snag break-inversion", "continue")
        self.assertIn('"down", now, asks for mutex house.cellar', output)

    def test_needs_the_shim(self):
        self.assertIn("runs without Snag's shim", self.gdb("break main", "run", "snag break-inversion", shim=False))


class History(session.Session):
    PROGRAM = ORDERS

    def rows(self, output):
        """Who did what to which lock, of the tables in a text."""
        return re.findall(r'^(?:\d\d:\d\d:\d\d\.\d{6}  )?(thread \d "(?:\w+)"|one that has ended \(\d\)) +([a-z ]+?)  +mutex (\S+)', output, re.M)

    def test_every_operation(self):
        commands = ["break down", "run", f"break {PLACES['gives one back']}", "continue", "snag history", "snag history house.cellar --last 3"]
        output = self.gdb(*commands, options=":mode=full")
        me, before = 'thread 5 "down"', "one that has ended (4)"
        self.assertEqual(self.rows(output), [
            (me, "gets", "house.attic"), (me, "gets", "house.cellar"), (me, "gives back", "house.cellar"),
            (before, "gives back", "house.cellar"), (me, "gets", "house.cellar"), (me, "gives back", "house.cellar")])
        self.assertIn("... 1 older ones\n", output)
        self.assertIn(f"mutex house.attic   take_both ({PLACES['takes one']})\n", output)

    def test_times(self):
        """Who has waited looks at the clock, and each round of a shopper begins with a wait; a lock's history has one order."""
        start = time.strftime("%T")
        commands = ["break visit if round == 2", "run", "snag history --last 99", "snag history turn[0]"]
        for output in self.gdb(*commands, program=MARKET, options=":mode=full").split("Not before ")[1:]:
            times = re.findall(r'^(\d\d:\d\d:\d\d\.\d{6})  thread \d ', output, re.M)
            self.assertEqual(times, sorted(times))
            self.assertGreaterEqual(len(set(times)), 2)
            self.assertTrue(start <= times[0] and times[-1] <= time.strftime("%T.999999"))

    def test_what_was_new(self):
        output = self.gdb("break down", "run", f"break {PLACES['gives one back']}", "continue", "snag history down", "snag history house.attic")
        self.assertRegex(output, r'\nthread 5 "down" +asks for +mutex house.cellar +house.attic +take_both')
        self.assertRegex(output, r'\none that has ended \(4\) +asks for +mutex house.attic +house.cellar +take_both')
        self.assertIn("(Recorded lightly: only what a thread does for the first time;", output)

    def test_complaints(self):
        output = self.gdb("break main", "run", "snag history nonsense", "snag history --last x", "snag history 1")
        self.assertIn('"nonsense" is neither a thread nor a lock here.', output)
        self.assertIn("--last needs a number.", output)
        self.assertIn("Nothing of that is in the recording.", output)
        self.assertIn("known only with Snag's shim", self.gdb("break main", "run", "snag history", shim=False))


FUTEX, FCNTL = ("98", "25") if os.uname().machine == "aarch64" else ("202", "72")


def calls_of(pid):
    """The system calls that the threads of a process sleep in."""
    calls = []
    for path in glob.glob(f"/proc/{pid}/task/*/syscall"):
        with open(path, encoding="ascii") as file:
            calls.append(file.read().split()[0])
    return sorted(calls, key=len)


class FileLocks(session.Session):
    def test_threads_of_a_process_are_not_in_each_others_way(self):
        with tempfile.TemporaryDirectory() as folder:
            environment = {**os.environ, "LD_PRELOAD": session.SHIM, "SNAG_OPTIONS": f"dir={folder}"}
            program = subprocess.Popen([BORROWERS], env=environment)
            try:
                while calls_of(program.pid) != [FCNTL, FUTEX, FUTEX]:
                    self.assertIsNone(program.poll())
                    time.sleep(0.01)
                output = self.gdb("snag deadlock", "snag locks", "snag locks --json", "snag who pen",
                                  program=["-p", str(program.pid)], shim=False)
            finally:
                program.kill()
                program.wait()
        self.assertNotIn("Deadlock:", output)
        self.assertIn("Standstill: all 3 threads wait,", output)
        row = r'file lock +/memfd:book \(deleted\), bytes 10 to 11 +thread 2 "reader" +thread 3 "writer" +borrow '
        self.assertRegex(output, row)
        self.assertIn('"name": "/memfd:book (deleted), bytes 10 to 11"', output)
        self.assertRegex(output, 'held by thread 3 "writer".*\n    wanted by thread 2 "reader"')


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[9:])

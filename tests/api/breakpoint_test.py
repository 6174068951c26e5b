#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""snag_breakpoint(), in every way that SNAG_BREAKPOINT knows; on a terminal of its own, as a person would see it.

    breakpoint_test.py SNAG SHIM BAKERY HANG GDB
"""

import glob
import os
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from terminal import TIME_LIMIT_S, Terminal  # noqa: E402  (the path comes first)

SNAG, SHIM, BAKERY, HANG, GDB = map(os.path.abspath, sys.argv[1:6])
CALL = "snag_breakpoint(); /* stops */"


def line_of(text):
    """The number of a line of the program's source."""
    here = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(here, "../../examples/bakery.c"), encoding="utf-8") as source:
        return next(number for number, line in enumerate(source, 1) if text in line)


class Breakpoint(unittest.TestCase):
    def environment(self, how="", **more):
        ours = ("LD_PRELOAD", "SNAG_OPTIONS", "SNAG_BREAKPOINT")
        environment = {k: v for k, v in os.environ.items() if k not in ours}
        environment.update({"TERM": "dumb", "SNAG_GDB": GDB, "DEBUGINFOD_URLS": "", **more})
        return {**environment, "SNAG_BREAKPOINT": how} if how else environment

    def run_bakery(self, how, folder, shim=True):
        preload = {"LD_PRELOAD": SHIM, "SNAG_OPTIONS": f"dir={folder}/session"} if shim else {}
        done = subprocess.run([BAKERY, "2"], env=self.environment(how, **preload), cwd=folder, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=TIME_LIMIT_S,
                              check=False, start_new_session=True)
        self.assertEqual(done.returncode, 0)
        self.assertIn("9 loaves\n", done.stdout)
        return done.stdout

    def test_drops_into_gdb_on_the_terminal(self):
        self.drop_into_gdb(SHIM)

    def test_drops_into_gdb_from_a_shim_without_symbols(self):
        with tempfile.TemporaryDirectory() as folder:
            os.symlink(os.path.dirname(SNAG), f"{folder}/tools")
            os.mkdir(f"{folder}/libtrace")
            subprocess.run(["strip", "-o", f"{folder}/libtrace/libtrace.so", SHIM], check=True)
            self.drop_into_gdb(f"{folder}/libtrace/libtrace.so")

    def drop_into_gdb(self, shim):
        with tempfile.TemporaryDirectory() as folder:
            terminal = Terminal([SNAG, "run", "-o", folder, "--", BAKERY, "2"], self.environment(SNAG_LIBTRACE=shim))
            try:
                found = terminal.read_until(r"\(gdb\) $")
                lines = f"({line_of(CALL)}|{line_of(CALL) + 1})"
                self.assertRegex(found, rf"work \(argument=\w+ <numbers\+4>\) at .*bakery\.c:{lines}\r\n")
                self.assertIn("= 2", terminal.command("print baker"))
                self.assertRegex(terminal.command("snag threads"), r"\n\* \d+ +\d+ +baker-2 ")
                os.write(terminal.fd, b"continue\n")
                terminal.read_until("9 loaves")
                terminal.read_until("snag: nothing found")
            finally:
                self.assertEqual(terminal.close(), 0)

    def test_a_deadlock_comes_up_in_gdb(self):
        with tempfile.TemporaryDirectory() as folder:
            terminal = Terminal([SNAG, "run", "--on-deadlock", "gdb", "-o", folder, "--", HANG], self.environment())
            try:
                found = terminal.read_until(r"\(gdb\) $")
                self.assertRegex(found, r"Deadlock: \d threads wait for each other\.")
                os.write(terminal.fd, b"kill\ny\nquit\n")
                terminal.read_until("snag: 1 error")
            finally:
                self.assertEqual(terminal.close(), 66)

    def test_detached(self):
        with tempfile.TemporaryDirectory() as folder:
            terminal = Terminal([SNAG, "run", "-o", folder, "--", BAKERY, "2"], self.environment())
            try:
                terminal.read_until(r"\(gdb\) $")
                os.write(terminal.fd, b"detach\nquit\n")
                terminal.read_until("9 loaves")
            finally:
                self.assertEqual(terminal.close(), 0)

    def test_in_a_program_that_is_being_debugged(self):
        with tempfile.TemporaryDirectory() as folder:
            command = [SNAG, "gdb", "-o", folder, "--", BAKERY, "3"]
            typed = "set debuginfod enabled off\nrun\nprint baker\ncontinue\n"
            done = subprocess.run(command, env=self.environment(), input=typed, stdout=subprocess.PIPE, text=True,
                                  stderr=subprocess.STDOUT, timeout=TIME_LIMIT_S, check=False)
        print(done.stdout)
        self.assertRegex(done.stdout, r"\$1 = 3\n(.*\n)*.*9 loaves")

    def test_in_a_program_that_does_not_call_it(self):
        with tempfile.TemporaryDirectory() as folder:
            command = [SNAG, "run", "--break", "bake@baker-3", "-o", folder, "--", BAKERY]
            typed = "print baker\ndelete\ncontinue\n"
            done = subprocess.run(command, env=self.environment(), input=typed, stdout=subprocess.PIPE, text=True,
                                  stderr=subprocess.STDOUT, timeout=TIME_LIMIT_S, check=False)
            print(done.stdout)
            self.assertRegex(done.stdout, r'"baker-3" hit Breakpoint 1, bake \((.*\n)*.*\$1 = 3\n(.*\n)*.*9 loaves')
            self.assertEqual(subprocess.run([SNAG, "report", folder], check=False).returncode, 0)

    def test_makes_a_core(self):
        with tempfile.TemporaryDirectory() as folder:
            self.run_bakery(f"core:{folder}", folder)
            core = glob.glob(f"{folder}/core.*")[0]
            look = [GDB, "--batch", "-nx", "-ex", "thread apply all bt", BAKERY, core]
            found = subprocess.run(look, env=self.environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                   text=True, check=False)
            self.assertRegex(found.stdout, r"snag_breakpoint \((.*\n)*.* work \(argument=")

    def test_nobody(self):
        with tempfile.TemporaryDirectory() as folder:
            self.assertEqual(self.run_bakery("off", folder), "9 loaves\n")
            self.assertEqual(self.run_bakery("", folder, shim=False), "9 loaves\n")

    def test_says_why_not(self):
        with tempfile.TemporaryDirectory() as folder:
            without = self.run_bakery("", folder)
            self.assertRegex(without, r"snag: snag_breakpoint: \S+snag: No such device or address\n")
            self.assertIn("snag: snag_breakpoint: maybe: SNAG_BREAKPOINT is gdb,", self.run_bakery("maybe", folder))

    def test_waits_for_one_on_a_socket(self):
        """gdbserver is played by a script that tells how it was called."""
        with tempfile.TemporaryDirectory() as folder:
            with open(f"{folder}/gdbserver", "w", encoding="utf-8") as script:
                script.write('#!/bin/sh\necho "$@" ${LD_PRELOAD:-no shim}\n')
            os.chmod(f"{folder}/gdbserver", 0o755)
            path, os.environ["PATH"] = os.environ["PATH"], f"{folder}:{os.environ['PATH']}"
            try:
                self.assertRegex(self.run_bakery("server:4711", folder), r"--attach 127\.0\.0\.1:4711 \d+ no shim\n")
                self.assertRegex(self.run_bakery("server:::1:4711", folder), r"--attach ::1:4711 \d+ no shim\n")
            finally:
                os.environ["PATH"] = path


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[6:])

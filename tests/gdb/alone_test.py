#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Snag's commands in a GDB that has no program: help, completion, and errors of one sentence.

    alone_test.py GDB snag-gdb.py
"""

import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

GDB, SCRIPT = sys.argv[1:3]
TELLING = ("deadlock", "graph", "history", "holds", "locks", "threads", "who")
ACTING = ("break", "break-deadlock", "break-inversion", "break-lock", "finish", "freeze", "hwbreak", "next", "order",
          "step", "thaw", "watch")
# What GDB 13 and later brought, as its NEWS have it: programs of GDB 12 do without.
NEWER = re.compile(r"gdb\.(format_address|current_language|disassembler|print_options|BreakpointLocation|execute_mi|notify_mi|"
                   r"interrupt|block_signals|ValuePrinter|warning|missing_\w+|Color|ParameterPrefix)\b|"
                   r"\.(locations|language|is_file|ptid_string|main_name|is_array_like|is_string_like|assign|bytes|"
                   r"to_array|symbol_file|executable_filename|progspace|summary)\b")
COMMANDS = sorted(TELLING + ACTING)


def answers(*commands):
    """What one GDB prints for each of these commands."""
    arguments = [argument for command in commands for argument in ("-ex", "echo @@\\n", "-ex", command)]
    done = subprocess.run([GDB, "--batch", "-nx", "-x", SCRIPT, *arguments], stdin=subprocess.DEVNULL, check=False,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120)
    return done.stdout.split("@@\n")[1:]


def gdb(command):
    """What GDB prints for this command."""
    return answers(command)[0]


class Alone(unittest.TestCase):
    def test_help(self):
        overview = gdb("snag")
        for command, text in zip(COMMANDS, answers(*(f"help snag {command}" for command in COMMANDS))):
            self.assertIn(f"snag {command} -- ", overview)
            self.assertIn(f"Usage: snag {command}", text)
            self.assertLessEqual(max(map(len, text.splitlines())), 80)

    def test_completion(self):
        self.assertEqual(gdb("complete snag ").splitlines(), [f"snag {command}" for command in COMMANDS])
        self.assertEqual(gdb("complete snag locks a"), "")

    def test_no_process(self):
        for answer in answers(*(f"snag {command}" for command in TELLING)):
            self.assertRegex(answer, r"^There is no process and no core to look at[^\n]*\n$")

    def test_nonsense(self):
        self.assertRegex(gdb("snag nonsense"), r'^"nonsense" is no command of Snag[^\n]*\n$')
        self.assertEqual(gdb("snag deadlock now"), "snag deadlock takes no argument.\n")

    def test_errors_are_sentences(self):
        for answer in answers(*(f"snag {command}" for command in ACTING)):
            self.assertNotRegex(answer, "Python|Traceback")

    def test_core(self):
        with tempfile.TemporaryDirectory(prefix="snag-gdb.") as folder:
            before = ("set confirm off", "file /bin/true", "starti", f"gcore {folder}/core", "kill",
                      f"core-file {folder}/core")
            for answer in answers(*before, "snag step", "snag next", "snag finish")[len(before):]:
                self.assertEqual(answer, "The program is not being run.\n")

    def test_names_of_functions(self):
        names = {"transfer(account&, account&)": "transfer", "operator()() const": "operator()", "operator()": "operator()",
                 "main()::{lambda()#1}::operator()() const": "main()::{lambda()#1}::operator()",
                 "my_operator(int)": "my_operator", "main": "main"}
        commands = [f"python print(sys.modules['snag_gdb.places'].plain_function('{name}'))" for name in names]
        self.assertEqual(answers("python import sys", *commands)[1:], [plain + "\n" for plain in names.values()])

    def test_files_are_missing(self):
        with tempfile.TemporaryDirectory(prefix="snag-gdb.") as folder:
            shutil.copy(SCRIPT, folder)
            done = subprocess.run([GDB, "--batch", "-nx", "-x", f"{folder}/snag-gdb.py"], stdin=subprocess.DEVNULL,
                                  check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=120)
        self.assertRegex(done.stdout, r"^Snag: No module named 'snag_gdb'\. Source the [^\n]*\n$")

    def test_gdb_12(self):
        for path in [SCRIPT, *glob.glob(os.path.join(os.path.dirname(SCRIPT), "snag_gdb/*.py"))]:
            with open(path, encoding="utf-8") as file:
                self.assertIsNone(NEWER.search(file.read()), path)

    def test_loaded_twice(self):
        self.assertRegex(answers(f"source {SCRIPT}", "snag threads")[1], r"^There is no process[^\n]*\n$")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])

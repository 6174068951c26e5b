#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a person may type behind a command."""

import unittest

from snag_gdb import arguments
from snag_gdb.arguments import ThreadSpec


class Threads(unittest.TestCase):
    def test_number(self):
        self.assertTrue(ThreadSpec("2").matches("2", "worker"))
        self.assertFalse(ThreadSpec("2").matches("1", "2"))
        self.assertTrue(ThreadSpec("1.2").matches("1.2", ""))

    def test_name(self):
        self.assertTrue(ThreadSpec("worker").matches("2", "worker"))
        self.assertFalse(ThreadSpec("work").matches("2", "worker"))
        self.assertTrue(ThreadSpec('"a worker"').matches("2", "a worker"))
        self.assertTrue(ThreadSpec("/").matches("2", "/"))

    def test_regular_expression(self):
        self.assertTrue(ThreadSpec("/^w.*[0-9]/").matches("2", "worker-7"))
        self.assertFalse(ThreadSpec("/^w.*[0-9]/").matches("7", "worker"))

    def test_nonsense(self):
        for text in ("", "''", "/(/"):
            self.assertRaises(ValueError, ThreadSpec, text)


class Options(unittest.TestCase):
    def split(self, text):
        return arguments.split_options(text, ["thread", "holding"], ["json"])

    def test_anywhere(self):
        self.assertEqual(self.split("a.c:3 --thread worker"), ("a.c:3", {"thread": "worker"}))
        self.assertEqual(self.split("--thread=worker a.c:3 --json"), ("a.c:3", {"thread": "worker", "json": ""}))
        self.assertEqual(self.split("f(int, char) --thread /a b\\/c/"), ("f(int, char)", {"thread": "/a b\\/c/"}))
        self.assertEqual(self.split("f --holding 'a b'"), ("f", {"holding": "a b"}))

    def test_expressions_are_left_alone(self):
        self.assertEqual(self.split("f if i--j"), ("f if i--j", {}))

    def test_nonsense(self):
        for text in ("f --thred worker", "f --thread", "f --json --x"):
            self.assertRaises(ValueError, self.split, text)

    def test_words(self):
        self.assertEqual(arguments.words("2 worker '/a b' /c d/"), ["2", "worker", "'/a b'", "/c d/"])

    def test_paths_are_no_regular_expressions(self):
        self.assertEqual(arguments.words("/tmp/a/b /tmp/ c"), ["/tmp/a/b", "/tmp/", "c"])

    def test_quoted(self):
        self.assertEqual(arguments.quoted('/a\\d"/'), '"/a\\\\d\\"/"')


if __name__ == "__main__":
    unittest.main()

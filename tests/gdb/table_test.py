#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tables: as wide as they need to be, or as the terminal is."""

import unittest

from snag_gdb.table import table

HEAD = ("Id", "Name", "Empty", "State")
ROWS = [("1", "main", "", "waits for mutex server.clients[3].lock, held by thread 2"), ("22", "", "", "runs")]


class Tables(unittest.TestCase):
    def test_any_width(self):
        self.assertEqual(table(HEAD, ROWS, None).splitlines(), [
            "Id  Name  State",
            "1   main  waits for mutex server.clients[3].lock, held by thread 2",
            "22        runs"])

    def test_narrow(self):
        self.assertEqual(table(HEAD, ROWS, 40).splitlines(), [
            "Id  Name  State",
            "1   main  waits for mutex",
            "          server.clients[3].lock, held",
            "          by thread 2",
            "22        runs"])

    def test_words_are_cut_only_when_they_must(self):
        text = table(("A", "B"), [("x" * 30, "short")], 22)
        self.assertEqual(text.splitlines()[1:], ["x" * 15 + "  short", "x" * 15])

    def test_names_are_cut_where_their_parts_begin(self):
        text = table(("A", "B"), [("waits for bank::account::lock[3]", "none")], 24)
        self.assertEqual(text.splitlines()[1:], ["waits for           none", "bank::account::", "lock[3]"])

    def test_never_wider(self):
        for width in range(30, 120):
            self.assertLessEqual(max(map(len, table(HEAD, ROWS, width).splitlines())), width)

    def test_no_rows(self):
        self.assertEqual(table(HEAD, [], 80), "Id  Name  Empty  State\n")


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What makes a page wrong, and what does not.

    play_test.py SNAG BUILD
"""
import contextlib
import io
import os
import sys
import tempfile
import unittest

import play

SNAG, BUILD = map(os.path.abspath, sys.argv[1:])


class PlayTest(unittest.TestCase):
    def is_right(self, *lines):
        """Plays a page of one block."""
        with tempfile.NamedTemporaryFile('w', suffix='.md') as page:
            page.write('\n'.join(['Words.', '', '```console', *lines, '```', '']))
            page.flush()
            with contextlib.redirect_stdout(io.StringIO()):
                return not play.play(page.name, SNAG, BUILD, play.GDB_SETTINGS)

    def test_what_is_on_the_screen(self):
        self.assertTrue(self.is_right('$ echo one; echo two', 'one', 'two', '$ true'))
        self.assertFalse(self.is_right('$ echo one; echo two', 'one', '$ true'))
        self.assertFalse(self.is_right('$ echo one', '$ true'))
        self.assertFalse(self.is_right('$ true', 'one'))

    def test_lines_that_are_left_out(self):
        self.assertTrue(self.is_right('$ seq 3', '1', '...'))
        self.assertTrue(self.is_right('$ seq 3', '...', '3'))
        self.assertFalse(self.is_right('$ seq 3', '...', '2'))
        self.assertFalse(self.is_right('$ echo aa', 'a', '...', 'a', '...', 'a'))

    def test_what_differs_from_run_to_run(self):
        self.assertTrue(self.is_right('$ echo process $$ at 0x1234 has slept for 2.5 s', 'process 7 at 0xff has slept for 13 ms'))
        self.assertFalse(self.is_right('$ echo accounts[1].lock, thread 2', 'accounts[3].lock, thread 2'))
        self.assertFalse(self.is_right('$ echo accounts[1].lock, thread 2', 'accounts[1].lock, thread 3'))

    def test_what_is_begun_and_goes_on(self):
        self.assertTrue(self.is_right('$ (echo begun; exec sleep 1000) &', '[1] 4711', 'begun', '$ kill $!'))

    def test_a_page_without_commands(self):
        self.assertFalse(self.is_right())


unittest.main(argv=sys.argv[:1])

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Lines end where the page does, on a terminal and elsewhere: only a name that has no room in a line of its own goes on.

    width_test.py SNAG LIBTRACE LONG_NAMES     the program hangs, and has long names
"""
import os
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from terminal import Terminal  # noqa: E402 (found by the line above)

SNAG, SHIM, PROGRAM = map(os.path.abspath, sys.argv[1:])
COLUMNS = 80
TIME_LIMIT_S = 60
NAME = 'a_cupboard_behind_the_stairs.of_what_was_written_by_the_ancients'


class WidthTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix='snag-width.')
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.environment = {**os.environ, 'LC_ALL': 'C.UTF-8', 'TERM': 'xterm', 'NO_COLOR': '1'}

    def hang(self, **environment):
        """The program at its standstill; a PID."""
        process = subprocess.Popen([PROGRAM], env={**os.environ, **environment})
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        end = time.monotonic() + TIME_LIMIT_S
        while subprocess.run([SNAG, 'ps', str(process.pid)], capture_output=True, check=False).returncode != 66:
            self.assertLess(time.monotonic(), end, 'it does not hang')
            time.sleep(0.05)
        return str(process.pid)

    def elsewhere(self, *command):
        """What it says into a pipe, when COLUMNS is given."""
        result = subprocess.run(command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, timeout=TIME_LIMIT_S, check=False, text=True,
                                env={**self.environment, 'COLUMNS': str(COLUMNS)})
        return result.stdout

    def on_terminal(self, *command):
        terminal = Terminal(['sh', '-c', 'cd "$0" && "$@"; echo That is all.', self.folder, *command], self.environment, COLUMNS)
        said = terminal.read_until('That is all.')
        terminal.close()
        return said.replace('\r', '')

    def check(self, said):
        self.assertIn(NAME, said)
        for line in said.splitlines():
            if len(line) > COLUMNS and not line.startswith('snag: '):
                self.assertRegex(line, rf'^ *\S{{{COLUMNS + 1},}}$', said)
            self.assertNotRegex(line, r'(?<! \|) $', said)  # but for empty lines of a source

    def test_ps(self):
        pid = self.hang(LD_PRELOAD=SHIM, SNAG_OPTIONS=f'dir={self.folder}/shim')
        for said in self.elsewhere(SNAG, 'ps', pid), self.on_terminal(SNAG, 'ps', pid):
            self.check(said)
            self.assertRegex(said, r'(?m)^ +2 +\d+  \S.{0,23}  waits for')
        self.check(self.elsewhere(SNAG, 'ps', '--stacks', pid))
        self.check(self.on_terminal(SNAG, 'ps', '--stacks', pid))

    def test_ps_bare(self):
        said = self.elsewhere(SNAG, 'ps', '--stacks', self.hang())
        self.check(said)
        self.assertNotIn('no stack was recorded', said)

    def test_run(self):
        said = self.elsewhere(SNAG, 'run', '--', PROGRAM)
        self.check(said)
        self.assertRegex(said, r'(?m)^  \S+ +a_cup\w*…\w*since_then', 'what is cut in a circle can be told apart')
        self.check(self.elsewhere(SNAG, 'report', '--all'))
        self.check(self.on_terminal(SNAG, 'report', '--contention'))
        self.check(self.on_terminal(SNAG, 'run', '--', PROGRAM))


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1])

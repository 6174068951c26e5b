#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The shim alone, as in production: one line in a log when a deadlock closes.

    log_test.py LIBTRACE PROGRAM
"""
import calendar
import glob
import os
import re
import subprocess
import sys
import tempfile
import time
import unittest

SHIM, PROGRAM = map(os.path.abspath, sys.argv[1:3])
TIME_LIMIT_S = 60


def await_line(path):
    """The first line of a file, when it is there."""
    end = time.monotonic() + TIME_LIMIT_S
    text = ''
    while not text.endswith('\n') and time.monotonic() < end:
        time.sleep(0.01)
        if os.path.exists(path):
            with open(path, encoding='utf-8') as file:
                text = file.read()
    return text


class Log(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix='snag-log.')
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def start(self, options):
        child = subprocess.Popen([PROGRAM], cwd=self.folder, stderr=subprocess.PIPE, text=True,
                                 env={**os.environ, 'LD_PRELOAD': SHIM, 'SNAG_OPTIONS': 'dir=session' + options})
        self.addCleanup(child.communicate)
        self.addCleanup(child.kill)
        return child

    def check(self, pid, line):
        place = re.escape(os.path.basename(PROGRAM)) + r'\+0x[0-9a-f]+'
        part = rf'thread \d+ has mutex {place} and waits for mutex {place} at {place}'
        found = re.fullmatch(rf'(\S+Z) snag: deadlock in process {pid}: {part}; {part}\. For the whole story: snag ps {pid}, '
                             rf'or when it has ended: snag report {self.folder}/session\n', line)
        self.assertTrue(found, line)
        said = calendar.timegm(time.strptime(found[1], '%Y-%m-%dT%H:%M:%SZ'))
        self.assertLess(abs(said - time.time()), TIME_LIMIT_S)
        held = re.findall(r' has mutex (\S+) and waits for mutex (\S+) ', line)
        self.assertEqual(held[0], held[1][::-1])

    def test_file(self):
        path = os.path.join(self.folder, 'log')
        child = self.start(':log=log')
        self.check(child.pid, await_line(path))

    def test_appends(self):
        path = os.path.join(self.folder, 'log')
        with open(path, 'w', encoding='utf-8') as file:
            file.write('there before')
        child = self.start(f':log={path}')
        self.check(child.pid, await_line(path).removeprefix('there before'))

    def test_standard_error(self):
        child = self.start(':log=stderr')
        self.check(child.pid, child.stderr.readline())
        self.assertFalse(os.path.exists(os.path.join(self.folder, 'stderr')))

    def test_cannot_be_opened(self):
        """The program goes on as it would, and the trace has it all."""
        child = self.start(':log=/nowhere/log')
        end = time.monotonic() + TIME_LIMIT_S
        while not glob.glob(f'{self.folder}/session/{child.pid}.*') and time.monotonic() < end:
            time.sleep(0.01)
        self.assertTrue(glob.glob(f'{self.folder}/session/{child.pid}.*'))
        self.assertIsNone(child.poll())


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1])

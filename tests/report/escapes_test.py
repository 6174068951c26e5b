#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Names that would steer a terminal do not reach it: in no format, not from a live process, not in GDB.

    escapes_test.py SNAG HANG      HANG is a program that hangs
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

SNAG, HANG = map(os.path.abspath, sys.argv[1:])
# It turns text red, beeps, and turns what follows round.  Process, thread, module and command are called so.
NAME = 'ha\033[31m\a\u202eng'
STEERS = '\0-\x08\x0b-\x1f\x7f-\x9f'
# Programs read these, and get the name as it is; but for control characters, which each of them has a way to write.
DATA = {'html', 'json', 'perfetto', 'sarif'}


class EscapesTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix='snag-escapes.')
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.program = os.path.join(self.folder, NAME)
        shutil.copy(HANG, self.program)

    def said(self, *command, statuses=(66,), steers=STEERS + '\u202e'):
        """What a command prints, on both streams; it must be harmless."""
        result = subprocess.run(command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=120,
                                stderr=subprocess.STDOUT, check=False, env=dict(os.environ, LC_ALL='C.UTF-8'))
        text = result.stdout.decode(errors='replace')
        self.assertIn(result.returncode, statuses, text)
        self.assertIsNone(re.search(f'[{steers}]', text), f'{command}: {text!r}')
        return text

    def test_of_a_run(self):
        self.said(SNAG, 'run', '--mode', 'full', '--all', '-o', 'session', '--', 'sh', '-c', f"exec ./'{NAME}' >/dev/null")
        formats = re.findall(r'^  (\w+)  +\S', self.said(SNAG, 'report', '--help', statuses=(0,)), re.M)
        self.assertIn('text', formats)
        for name in formats:
            if name != 'svg' or shutil.which('dot'):
                with self.subTest(format=name):
                    self.said(SNAG, 'report', '--all', '--format', name, 'session', **({'steers': STEERS} if name in DATA else {}))
        self.said(SNAG, 'report', '--contention', 'session')
        self.said(SNAG, 'report', 'session/\033[31m', statuses=(2,))
        self.said(SNAG, 'merge', '-o', 'graph.db', 'session', statuses=(0,))

    def test_of_what_is_alive(self):
        process = subprocess.Popen([self.program], stdout=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        while 'deadlock: ' not in self.said(SNAG, 'ps', '--stacks', str(process.pid), statuses=(0, 66)):
            pass
        self.said(SNAG, 'ps', '--json', '-', str(process.pid), steers=STEERS)
        if shutil.which('gdb'):
            loader = os.path.join(os.path.dirname(SNAG), '../gdb-scripts/snag-gdb.py')
            text = self.said('gdb', '--batch', '-nx', '-iex', 'set debuginfod enabled off', '-x', loader, '-p', str(process.pid),
                             '-ex', 'echo @@', '-ex', 'snag threads', '-ex', 'snag deadlock', '-ex', 'snag locks', statuses=(0,))
            self.assertIn('Deadlock: ', text)


unittest.main(argv=sys.argv[:1])

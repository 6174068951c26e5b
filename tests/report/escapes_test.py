#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Names that would steer a terminal do not reach it: in no format, not from a live process, not in GDB, not in snag top.

    escapes_test.py SNAG HANG NAMES LIBTRACE     HANG is a program that hangs, NAMES is steering_names.c
"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from terminal import Terminal  # noqa: E402 (found by the line above)

SNAG, HANG, NAMES, SHIM = map(os.path.abspath, sys.argv[1:])
# It turns text red, beeps, and turns what follows round.  Process, thread, module and command are called so.
NAME = 'ha\033[31m\a\u202eng'
STEERS = '\0-\x08\x0b-\x1f\x7f-\x9f'
# Programs read these, and get the name as it is; but for control characters, which each of them has a way to write.
DATA = {'html', 'json', 'perfetto', 'sarif'}
# With this a terminal's title is changed, which snag top does not do.
TITLE = '\033]0;'


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

    def test_of_threads_locks_and_files(self):
        log, session = os.path.join(self.folder, 'log'), os.path.join(self.folder, 'session')
        process = subprocess.Popen([NAMES, os.path.join(self.folder, f'{TITLE}file\a')], env=dict(
            os.environ, LD_PRELOAD=SHIM, SNAG_OPTIONS=f'log={log}:dir={session}'))
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        while not (os.path.exists(log) and os.path.getsize(log)):
            self.assertIsNone(process.poll())
        for command in ('ps', str(process.pid)), ('report', session):
            text = self.said(SNAG, *command)
            for name in 'mutex', 'thread', 'named', 'file':
                self.assertIn(f'\\x1b]0;{name}', text)
        self.said('cat', log, statuses=(0,))
        top = Terminal([SNAG, 'top', str(process.pid)], dict(os.environ, TERM='xterm', LC_ALL='C.UTF-8'))
        shown = top.read_until(r'q: end')
        top.write('q')
        self.assertEqual(top.close(), 0)
        self.assertIn('\\x1b]0;named', shown)
        self.assertNotIn(TITLE, shown)
        self.assertNotIn('\a', shown)


unittest.main(argv=sys.argv[:1])

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`snag top` on a terminal, which tmux plays: what it shows of a program that hangs, and what keys do.

    top_test.py SNAG LIBTRACE PROGRAM

PROGRAM is the scenario abba_hang_bystander.
"""
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), os.pardir))
from terminal import Terminal  # noqa: E402 (found by the line above)

SNAG, SHIM, PROGRAM = map(os.path.abspath, sys.argv[1:4])
TIME_LIMIT_S = 60
SKIPPED = 77


class Top(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix='snag-top.')
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.child = subprocess.Popen([PROGRAM], cwd=self.folder, env={**os.environ, 'LD_PRELOAD': SHIM,
                                                                       'SNAG_OPTIONS': 'dir=session:log=log'})
        self.addCleanup(self.child.wait)
        self.addCleanup(self.child.kill)
        self.await_it(lambda: os.path.exists(os.path.join(self.folder, 'log')), 'a deadlock')
        self.tmux('new-session', '-d', '-x', '120', '-y', '20',
                  f'{SNAG} top --delay 0.2 {self.child.pid}; echo "status $?"; exec cat')
        self.addCleanup(self.tmux, 'kill-server')

    def tmux(self, *arguments):
        return subprocess.run(['tmux', '-S', os.path.join(self.folder, 'socket'), '-f', '/dev/null', *arguments], check=True,
                              stdout=subprocess.PIPE, text=True, timeout=TIME_LIMIT_S).stdout

    def await_it(self, is_so, what):
        end = time.monotonic() + TIME_LIMIT_S
        while not is_so():
            self.assertLess(time.monotonic(), end, f'waited in vain for {what}')
            time.sleep(0.05)

    def expect(self, pattern):
        """Waits until the screen has it; returns the screen."""
        screen = ''

        def has_it():
            nonlocal screen
            screen = self.tmux('capture-pane', '-p')
            return re.search(pattern, screen, re.M)

        self.await_it(has_it, f'/{pattern}/ in what at last is\n{screen}')
        return screen

    def names(self, screen):
        """Of the threads, in their order on the screen."""
        return re.findall(r'^ *\d+ +\d+  (\S+) +(?:waits|runs|sleeps)', screen, re.M)

    def test_table(self):
        screen = self.expect(r'held by')
        self.assertIn(f'process {self.child.pid}: 5 threads, ', screen)
        self.assertIn('error: deadlock: 2 threads wait for each other', screen)
        self.assertRegex(screen, r'first +waits for mutex `b` \(at abba_hang_bystander.c:\d+\), for \d+\.\d s, held by ')
        self.assertEqual(self.names(screen)[1:3], ['first', 'second'])
        self.assertLess(max(map(len, screen.splitlines())), 121)

    def test_sorts(self):
        self.expect(r'; by number$')
        self.tmux('send-keys', 's', 's')
        names = self.names(self.expect(r'; by name$'))
        self.assertEqual(names, sorted(names))
        self.assertEqual(len(names), 5)

    def test_one_thread(self):
        self.expect(r'; by number$')
        self.tmux('send-keys', 'Down', 'Enter')
        screen = self.expect(r'^thread 2 "?.*TID \d+, of process')
        self.assertRegex(screen, r'holds mutex `a` \(taken at abba_hang_bystander.c:\d+\)')
        self.assertRegex(screen, r'#0 +first at ')
        self.tmux('send-keys', 'Enter')
        self.expect(r'WHAT IT DOES')

    def test_stops(self):
        self.expect(r'; by number$')
        self.tmux('send-keys', 'Space')
        screen = self.expect(r'; stopped$')
        time.sleep(0.5)
        self.assertEqual(self.tmux('capture-pane', '-p'), screen)

    def test_ends(self):
        self.expect(r'; by number$')
        self.tmux('send-keys', 'q')
        self.expect(r'^status 0$')

    def test_program_ends(self):
        self.expect(r'; by number$')
        self.child.kill()
        self.child.wait()
        self.expect(rf'^snag: top: {self.child.pid} is not there any more\nstatus 0$')


class TerminalIsGone(unittest.TestCase):
    def closed(self, keys):
        """Closes the terminal of a `snag top` that does not end by SIGHUP, as under nohup; its exit status."""
        terminal = Terminal(['env', '--ignore-signal=HUP', SNAG, 'top', str(os.getpid())], {**os.environ, 'TERM': 'xterm'})
        terminal.read_until('by number')
        if keys:
            terminal.write(keys)
            terminal.read_until('stopped')
        os.close(terminal.fd)
        return self.end_of(terminal.pid)

    def end_of(self, pid):
        end = time.monotonic() + TIME_LIMIT_S
        ended = status = 0
        while not ended and time.monotonic() < end:
            ended, status = os.waitpid(pid, os.WNOHANG)
            time.sleep(0.01)
        if not ended:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            self.fail('it goes on without a terminal')
        return os.waitstatus_to_exitcode(status)

    def test_ends(self):
        self.assertEqual(self.closed(''), 0)

    def test_ends_where_the_screen_is_stopped(self):
        self.assertEqual(self.closed(' '), 0)


class NoTerminal(unittest.TestCase):
    def test_refuses(self):
        result = subprocess.run([SNAG, 'top', str(os.getpid())], stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                check=False)
        self.assertEqual(result.returncode, 64)
        self.assertIn('not on a terminal', result.stderr)

    def test_refuses_what_it_cannot_draw_on(self):
        for kind in 'dumb', 'unknown', 'no-such-terminal', '':
            with self.subTest(kind):
                terminal = Terminal([SNAG, 'top', str(os.getpid())], {**os.environ, 'TERM': kind})
                terminal.read_until(rf'^snag: top: the terminal \(TERM={kind}\) is of a kind that is not known, or ')
                self.assertEqual(terminal.close(), 64)


if __name__ == '__main__':
    if not shutil.which('tmux'):
        print('there is no tmux')
        sys.exit(SKIPPED)
    unittest.main(argv=sys.argv[:1])

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A Redis of Debian's that hangs, because GDB has stopped one of its threads with a lock in its hand: `snag ps` says so.

    frozen_test.py SNAG
"""
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
import unittest

import packages
import stage

SNAG = os.path.abspath(sys.argv[1])
TIME_LIMIT_S = 60
SKIPPED = 77
NEEDS = {'redis-server': 'redis-server', 'redis-cli': 'redis-tools', 'gdb': 'gdb'}
FILL = "for i = 1, 2000 do redis.call('sadd', 'big', 'member' .. i) end"


class Frozen(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix='snag-frozen.')
        self.addCleanup(folder.cleanup)
        self.addCleanup(stage.end_children)
        self.folder = pathlib.Path(folder.name)
        self.port = str(stage.free_port())
        self.server = self.start([packages.find('redis-server'), '--port', self.port, '--bind', '127.0.0.1', '--save', '',
                                        '--dir', folder.name])
        self.await_it(lambda: self.client('ping') == 'PONG', 'the server')

    def start(self, command, **more):
        process = subprocess.Popen(command, **{'stdout': subprocess.DEVNULL, **more})
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def await_it(self, is_so, what):
        end = time.monotonic() + TIME_LIMIT_S
        while not is_so():
            self.assertLess(time.monotonic(), end, f'waited in vain for {what}')
            time.sleep(0.05)

    def client(self, *words):
        return subprocess.run([packages.find('redis-cli'), '-p', self.port, *words], capture_output=True, text=True,
                              timeout=TIME_LIMIT_S, check=False).stdout.strip()

    def state_of(self, name):
        """"t": stopped by a debugger."""
        for status in pathlib.Path(f'/proc/{self.server.pid}/task').glob('*/status'):
            words = dict(line.split(':\t', 1) for line in status.read_text().splitlines() if ':\t' in line)
            if words['Name'] == name:
                return words['State'][0]
        return ''

    def freeze(self):
        """Has GDB stop the thread that frees memory when it goes to wait for its next job, with the lock of the jobs."""
        log = open(self.folder / 'gdb', 'w', encoding='utf-8')
        self.addCleanup(log.close)
        gdb = self.start([packages.find('gdb'), '-nx', '-q'], stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT,
                         text=True)
        self.addCleanup(gdb.stdin.close)

        def tell(*commands):
            gdb.stdin.write('\n'.join(commands) + '\n')
            gdb.stdin.flush()

        tell('set debuginfod enabled off', 'set pagination off', 'set non-stop on', f'attach {self.server.pid}')
        self.await_it(lambda: self.state_of('bio_lazy_free') == 't', 'GDB')
        tell('python print([t.num for t in gdb.selected_inferior().threads() if t.name == "bio_lazy_free"])')
        self.await_it(lambda: re.search(r'\[\d+\]', (self.folder / 'gdb').read_text()), 'the number of the thread')
        number = re.search(r'\[(\d+)\]', (self.folder / 'gdb').read_text())[1]
        tell(f'break pthread_cond_wait thread {number}', 'continue -a&')
        self.await_it(lambda: self.state_of('bio_lazy_free') == 'S', 'the threads to go on')

    def test_redis(self):
        self.client('eval', FILL, '0')
        self.freeze()
        self.assertEqual(self.client('unlink', 'big'), '1')
        self.await_it(lambda: self.state_of('bio_lazy_free') == 't', 'the thread to be stopped')
        self.client('eval', FILL, '0')
        hangs = self.start([packages.find('redis-cli'), '-p', self.port, 'unlink', 'big'])
        said = ''

        def is_told():
            nonlocal said
            said = subprocess.run([SNAG, 'ps', str(self.server.pid)], capture_output=True, text=True, timeout=TIME_LIMIT_S,
                                  check=True).stdout
            return 'held by' in said

        self.await_it(is_told, 'the server to hang')
        print(said)
        self.assertIsNone(hangs.poll())
        words = ' '.join(said.split())
        self.assertRegex(words, r'redis-server waits for mutex at \S+, held by thread (\d+) "bio_lazy_free"')
        self.assertRegex(words, r'bio_lazy_free is stopped by its debugger, process \d+ holds mutex')
        self.assertRegex(words, r'held up: its debugger, process \d+, has stopped thread \d+, which has what others wait for')


if __name__ == '__main__':
    try:
        packages.ensure(NEEDS)
    except packages.NotInstallable as why:
        print(why)
        sys.exit(SKIPPED)
    stage.adopt_orphans()
    unittest.main(argv=sys.argv[:1])

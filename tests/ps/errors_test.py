#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Processes that `snag ps` cannot look at, or not easily, and what it says then.

    errors_test.py SNAG LIBTRACE HANDLER_POSTS [STATIC]

STATIC is a program without shared libraries that waits for SIGTERM.
"""
import fcntl
import json
import os
import random
import re
import resource
import signal
import struct
import subprocess
import sys
import tempfile
import time
import unittest

SNAG, SHIM, POSTS, *STATIC = map(os.path.abspath, sys.argv[1:])
TIME_LIMIT_S = 60
NOBODY = 65534


FLOCK = {'x86_64': 73, 'aarch64': 32}.get(os.uname().machine)


def read(path):
    with open(path, encoding='utf-8') as file:
        return file.read()


def state_of(pid):
    with open(f'/proc/{pid}/stat', encoding='utf-8') as stat:
        return stat.read().rpartition(')')[2].split()[0]


class Errors(unittest.TestCase):
    """Each of them is one sentence, and has its exit status."""

    def ps(self, *arguments, **more):
        return subprocess.run([SNAG, 'ps', *map(str, arguments)], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True, timeout=TIME_LIMIT_S, check=False, **more)

    def expect(self, status, says, *arguments, **more):
        result = self.ps(*arguments, **more)
        self.assertEqual(result.returncode, status, result.stderr)
        self.assertIn(says, result.stderr)
        self.assertEqual(result.stdout, '')
        return result

    def start(self, *command, **more):
        child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, **more)
        self.addCleanup(child.wait)
        self.addCleanup(child.stdin.close)
        self.addCleanup(child.kill)
        return child

    def await_state(self, pid, states):
        end = time.monotonic() + TIME_LIMIT_S
        while state_of(pid) not in states:
            self.assertLess(time.monotonic(), end, f'process {pid} never is in state {states}')
            time.sleep(0.01)

    def await_call(self, pid, call):
        end = time.monotonic() + TIME_LIMIT_S
        while not read(f'/proc/{pid}/syscall').startswith(f'{call} '):
            self.assertLess(time.monotonic(), end, f'process {pid} never is in system call {call}')
            time.sleep(0.01)

    def test_mistakes(self):
        self.expect(64, 'a process is missing')
        self.expect(64, 'neither a process number, nor a core', 'x')
        self.expect(64, 'neither a process number, nor a core', '0')
        self.expect(64, 'not a number of seconds', '--watch=0', '1')
        self.expect(64, 'unrecognized option', '--no-such')

    def test_nobody_there(self):
        child = self.start('true')
        child.wait()
        self.expect(2, f'process {child.pid}: there is none', child.pid)

    def test_zombie(self):
        child = self.start('true')
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        self.expect(2, f'until its parent, process {os.getpid()}, takes note', child.pid)

    def test_kernel_thread(self):
        if not os.path.exists('/proc/2/exe') or state_of(1) == '' or os.getuid():
            self.skipTest('no kernel threads in sight')
        try:
            os.readlink('/proc/2/exe')
        except FileNotFoundError:
            self.expect(2, 'a thread of the kernel', 2)
        except OSError:
            pass

    def test_32_bit(self):
        """A program whose file says so; it need not be able to run for that."""
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, 'program')
            # One page at 0x10000 that sleeps for ever: `1: mov $29, %eax; int $0x80; jmp 1b`, which is pause().
            code = b'\xb8\x1d\x00\x00\x00\xcd\x80\xeb\xf7'
            header = (b'\x7fELF\x01\x01\x01' + bytes(9) +
                      struct.pack('<HHIIIIIHHHHHH', 2, 3, 1, 0x10054, 52, 0, 0, 52, 32, 1, 0, 0, 0))
            segment = struct.pack('<IIIIIIII', 1, 0, 0x10000, 0x10000, 0x1000, 0x1000, 5, 0x1000)
            with open(path, 'wb') as program:
                program.write((header + segment + code).ljust(0x1000, b'\0'))
            os.chmod(path, 0o755)
            try:
                child = self.start(path)
            except OSError as error:
                self.skipTest(f'32-bit programs do not run here: {error}')
            self.await_state(child.pid, 'SZ')
            if state_of(child.pid) == 'Z':
                self.skipTest('32-bit programs do not run here')
            self.expect(2, 'a 32-bit program', child.pid)

    def test_not_ours(self):
        if os.getuid():
            self.skipTest('only root can become somebody else')
        child = self.start('cat')
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o755)
            copy = os.path.join(folder, 'snag')
            subprocess.run(['cp', SNAG, copy], check=True)
            result = subprocess.run([copy, 'ps', str(child.pid)], user=NOBODY, group=NOBODY, extra_groups=[],
                                    stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
        self.assertEqual(result.returncode, 2, result.stderr)
        self.assertIn(f'process {child.pid}: not ours to look at', result.stderr)
        self.assertIn('run snag as root', result.stderr)

    def test_damaged_cores(self):
        """Whatever is left of a core, the answer is a verdict or a sentence."""
        with open('/proc/sys/kernel/core_pattern', encoding='utf-8') as pattern:
            is_elsewhere = re.search('[|/]', pattern.read())
        hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
        if is_elsewhere or not hard:
            self.skipTest('the kernel leaves no core here')
        with tempfile.TemporaryDirectory() as folder:
            child = self.start('cat', cwd=folder,
                               preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (hard, hard)))
            self.await_state(child.pid, 'S')
            child.send_signal(signal.SIGABRT)
            child.wait()
            name, = os.listdir(folder)
            path = os.path.join(folder, name)
            with open(path, 'rb') as core:
                whole = core.read()
            self.assertEqual(self.ps(path).returncode, 0)
            chance = random.Random(1)
            for i in range(60):
                damaged = bytearray(whole[:chance.randrange(len(whole))] if i % 2 else whole)
                for _ in range(20):
                    damaged[chance.randrange(min(len(damaged), 8192))] = chance.randrange(256)
                with open(path, 'wb') as core:
                    core.write(damaged)
                result = self.ps(path)
                self.assertIn(result.returncode, (0, 2, 64, 66), result.stderr)

    def test_several(self):
        child = self.start('cat')
        self.expect(64, 'neither a process number', child.pid, 'x')

    def test_folder(self):
        with tempfile.TemporaryDirectory() as folder:
            self.expect(2, f'{folder}: no process of this session is alive', folder)

    def test_file_lock(self):
        """Who has the lock on a file that a process waits for."""
        with tempfile.NamedTemporaryFile() as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            child = self.start('flock', file.name, 'true')
            self.await_call(child.pid, FLOCK)
            result = self.ps(child.pid)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertRegex(' '.join(result.stdout.split()),
                             rf'waits for flock on {file.name}, which process {os.getpid()} \(')

    def test_stopped(self):
        child = self.start('cat')
        child.send_signal(signal.SIGSTOP)
        self.await_state(child.pid, 'T')
        result = self.ps(child.pid)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn(f'a signal has stopped it (`kill -CONT {child.pid}` lets it go on)', result.stdout)
        self.assertIn('is stopped by a signal', result.stdout)

    def ps_at_rest(self, *arguments):
        """HANDLER_POSTS, when its two threads wait."""
        while True:
            result = self.ps(*arguments)
            if '2 threads, 2 of them wait' in result.stdout:
                return result

    def test_user_of_many_groups(self):
        """The list of groups is long, and before what is wanted of a file."""
        if os.getuid():
            self.skipTest('only root can give somebody groups')
        child = self.start(POSTS, extra_groups=range(3000000000, 3000001000))
        result = self.ps_at_rest(child.pid)
        self.assertIn('signal handler', ' '.join(result.stdout.split()))
        self.assertEqual(result.returncode, 0, result.stdout)

    def test_many_children(self):
        """The list of children is longer than a page, and of each of them files are open."""
        if resource.getrlimit(resource.RLIMIT_NOFILE)[1] < 4096:
            self.skipTest('not so many files may be open here')
        fork = 'import os, signal\nfor i in range(800):\n  os.fork() or signal.pause()\nprint(flush=True)\nsignal.pause()'
        parent = subprocess.Popen([sys.executable, '-c', fork], stdout=subprocess.PIPE, start_new_session=True)
        self.addCleanup(parent.communicate)
        self.addCleanup(os.killpg, parent.pid, signal.SIGKILL)
        parent.stdout.readline()
        result = self.ps('--tree', '--json', '-', parent.pid)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(len(json.loads(result.stdout)['threads']), 801)

    def test_folder_called_as_a_trace(self):
        with tempfile.TemporaryDirectory(suffix='.snag') as folder:
            child = self.start(POSTS, env=dict(os.environ, LD_PRELOAD=SHIM, SNAG_OPTIONS=f'dir={folder}'))
            self.ps_at_rest(child.pid)
            threads = json.loads(self.ps('--json', '-', child.pid).stdout)['threads']
        self.assertTrue(threads[1]['created_at'], 'the recording was not found')

    @unittest.skipUnless(STATIC, 'no static linking here')
    def test_static(self):
        child = self.start(*STATIC)
        self.await_state(child.pid, 'S')
        result = self.ps('--json', '-', child.pid)
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(json.loads(result.stdout)['threads'][0]['state'], 'sleeps in pause')

    def test_json_file(self):
        child = self.start('cat')
        self.await_state(child.pid, 'S')
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, 'report.json')
            result = self.ps('--json', path, child.pid)
            self.assertEqual(result.returncode, 0, result.stderr)
            self.assertIn('sleeps in read (a pipe)', result.stdout)
            with open(path, encoding='utf-8') as report:
                self.assertEqual(json.load(report)['threads'][0]['tid'], child.pid)
            self.assertEqual(self.ps('--json', folder, child.pid).returncode, 2)

    def test_watch(self):
        child = self.start('cat')
        self.await_state(child.pid, 'S')
        watch = subprocess.Popen([SNAG, 'ps', '--watch=0.01', str(child.pid)], stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, text=True)
        self.addCleanup(watch.kill)
        looks = 0
        while looks < 3:
            looks += f'process {child.pid}: 1 thread' in watch.stdout.readline()
        child.kill()
        child.wait()
        watch.stdout.read()
        self.assertEqual(watch.wait(TIME_LIMIT_S), 2)
        self.assertRegex(watch.stderr.read(), f'process {child.pid}: (there is none|(has )?ended)')
        watch.stdout.close()
        watch.stderr.close()


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1])

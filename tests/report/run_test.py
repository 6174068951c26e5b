#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`snag run`, `snag report` and `snag gdb` from outside: exit statuses, session folders, signals, deadlocks as they close.

    run_test.py SNAG STUCK [STATIC_PROGRAM]
"""
import json
import os
import pathlib
import pty
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

import schema

SNAG, STUCK = map(os.path.abspath, sys.argv[1:3])
STATIC = os.path.abspath(sys.argv[3]) if len(sys.argv) > 3 else None
RULES_DEF = os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../tools/judge/rules.def')
TIME_LIMIT_S = 60


class InFolder(unittest.TestCase):
    """Each test in an empty folder of its own."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix='snag-run-test.')
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def write(self, name, text, mode=0o644):
        with open(self.path(name), 'w', encoding='utf-8') as out:
            out.write(text)
        os.chmod(self.path(name), mode)

    def snag(self, *arguments, **more):
        return subprocess.run([SNAG, *arguments], cwd=self.folder, capture_output=True, text=True,
                              timeout=TIME_LIMIT_S, stdin=subprocess.DEVNULL, check=False, **more)

    def start(self, *arguments, **more):
        process = subprocess.Popen([SNAG, *arguments], cwd=self.folder, text=True, stderr=subprocess.PIPE,
                                   stdin=subprocess.DEVNULL, start_new_session=True, **{'stdout': subprocess.PIPE, **more})
        self.addCleanup(process.communicate)
        self.addCleanup(self.kill_group, process.pid)
        return process

    @staticmethod
    def kill_group(group):
        try:
            os.killpg(group, signal.SIGKILL)
        except ProcessLookupError:
            pass

    def report(self, name='report.json'):
        with open(self.path(name), encoding='utf-8') as text:
            report = json.load(text)
        schema.check_report(report)
        return report


class ExitStatus(InFolder):
    def expect(self, status, *arguments, says=''):
        result = self.snag(*arguments)
        self.assertEqual(result.returncode, status, result.stderr)
        self.assertIn(says, result.stderr)
        return result

    def test_of_the_program(self):
        self.expect(0, 'run', '--', 'true')
        self.expect(1, 'run', '--', 'false')
        self.expect(7, 'run', 'sh', '-c', 'exit 7')
        self.expect(137, 'run', '--', 'sh', '-c', 'kill -9 $$')

    def test_program_that_cannot_start(self):
        self.write('not-executable', 'text')
        self.expect(127, 'run', '--', './missing', says='snag: ./missing: No such file or directory')
        self.expect(127, 'run', '--', 'snag-no-such-program', says='No such file')
        self.expect(126, 'run', '--', './not-executable', says='snag: ./not-executable: Permission denied')
        self.expect(126, 'run', '--', self.folder)

    def test_usage(self):
        self.expect(125, 'run')
        self.expect(125, 'run', '--no-such-option', '--', 'true')
        self.expect(125, 'run', '--timeout', 'soon', '--', 'true', says='soon')
        self.expect(125, 'run', '--on-deadlock', 'pray', '--', 'true', says='pray')
        self.expect(125, 'run', '--error-exitcode', '256', '--', 'true', says='256')
        self.expect(125, 'run', '--on-deadlock', 'gdb', '--', 'true', says='terminal')
        self.expect(125, 'run', '--json', '-', '--', 'true', says='standard output')
        self.expect(64, 'report', '--format', 'poem', says='poem')
        self.expect(64)
        self.expect(64, 'dance', says='snag: dance: no such command')
        self.expect(125, 'gdb')

    def test_help(self):
        for arguments in (['--version'], ['--help'], ['help'], ['help', 'run'], ['report', '--help'], ['help', 'gdb'],
                          ['help', 'explain']):
            result = self.expect(0, *arguments)
            self.assertEqual(result.stderr, '')
            self.assertEqual([line for line in result.stdout.splitlines() if len(line) > 80], [])

    def test_of_a_full_disk(self):
        self.snag('run', '--', 'true')
        for arguments in (['--version'], ['help'], ['run', '--help'], ['explain'], ['init-ci', 'github'], ['merge', '-o', 'graph', 'snag.out'],
                          ['report'], ['report', '--format', 'json'], ['report', '--gen-suppressions', '-'],
                          ['diff', 'snag.out', 'snag.out'], ['ps', str(os.getpid())], ['ps', '--json', '-', str(os.getpid())]):
            with self.subTest(arguments), open('/dev/full', 'w', encoding='utf-8') as full:
                result = subprocess.run([SNAG, *arguments], cwd=self.folder, stdout=full, stderr=subprocess.PIPE, text=True,
                                        timeout=TIME_LIMIT_S, check=False)
                self.assertEqual(result.returncode, 2)
                self.assertRegex(result.stderr, '^(snag: (-|standard output): No space left on device\n)+$')

    def test_no_room_for_a_recording(self):
        result = subprocess.run(['sh', '-c', 'ulimit -f 128; exec "$0" run -- true', SNAG], cwd=self.folder, text=True,
                                capture_output=True, timeout=TIME_LIMIT_S, check=False)
        self.assertRegex(result.stderr, '^snag: true was not watched: there is no room for its recording [^\n]*\n$')

    def test_on_a_pipe_that_does_not_wait(self):
        """The program has made it so: what finds no room is not lost."""
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        room = os.write(writer, bytes(1 << 20))
        process = self.start('explain', 'lock-order-cycle', stdout=writer)
        os.close(writer)
        with open(reader, 'rb') as said:
            while process.poll() is None:
                with open(f'/proc/{process.pid}/stat', encoding='utf-8') as stat:
                    if stat.read().rpartition(')')[2].split()[0] == 'S':
                        break
            said.read(room)
            self.assertIn(b'lock-order-cycle', said.read())
        self.assertEqual(process.wait(TIME_LIMIT_S), 0)

    def test_where_numbers_have_commas(self):
        made = subprocess.run(['localedef', '-i', 'de_DE', '-f', 'UTF-8', self.path('de_DE.UTF-8')], capture_output=True, check=False)
        if made.returncode:
            self.skipTest('the definition of locale de_DE is not installed (Debian: locales)')
        result = self.snag('run', '--timeout', '0.5', '--', 'true',
                           env={**os.environ, 'LOCPATH': self.folder, 'LC_ALL': 'de_DE.UTF-8'})
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_report_of_nothing(self):
        self.expect(2, 'report', says='snag.out')
        os.mkdir(self.path('empty'))
        self.expect(2, 'report', 'empty', says='empty')

    def test_report_of_a_run(self):
        self.snag('run', '--', 'true')
        result = self.expect(0, 'report')
        self.assertIn('nothing found', result.stdout)
        self.expect(66, 'run', '--', STUCK)
        self.expect(66, 'report')
        self.expect(66, 'report', 'snag.out')
        schema.check_report(json.loads(self.expect(66, 'report', '--format', 'json').stdout))
        schema.check_report(json.loads(self.expect(66, 'report', '--json', '-').stdout))
        self.assertIn('deadlock', self.expect(66, 'report', '--json', 'report.json').stdout)
        self.report()
        self.expect(2, 'report', '--json', 'no/such/file', says='snag: no/such/file: ')

    def test_report_of_a_damaged_trace(self):
        self.snag('run', '--', 'true')
        trace, = (name for name in os.listdir(self.path('snag.out')) if name.endswith('.snag'))
        with open(self.path('snag.out', trace), 'r+b') as damaged:
            damaged.truncate(4096 + 2 * 65536)
            damaged.seek(4096 + 64)
            damaged.write(b'\xff' * 4096)
        result = self.expect(2, 'report')
        self.assertIn('incomplete', result.stdout)
        with open(self.path('snag.out', trace), 'r+b') as damaged:
            damaged.write(b'nonsense')
        self.expect(2, 'report', says=trace)

    def test_of_errors(self):
        self.expect(66, 'run', '--', STUCK)
        self.expect(3, 'run', '--error-exitcode', '3', '--', STUCK)
        self.expect(128 + signal.SIGABRT, 'run', '--error-exitcode', '0', '--', STUCK)


class SessionFolder(InFolder):
    def test_is_private(self):
        self.snag('run', '--', 'true')
        self.assertEqual(os.stat(self.path('snag.out')).st_mode & 0o777, 0o700)
        for name in os.listdir(self.path('snag.out')):
            self.assertEqual(os.stat(self.path('snag.out', name)).st_mode & 0o777, 0o600, name)

    def test_older_session_is_replaced(self):
        self.snag('run', '--', 'true')
        first = set(os.listdir(self.path('snag.out')))
        self.write('snag.out/notes', 'mine')
        self.assertEqual(self.snag('run', '--', 'false').returncode, 1)
        second = set(os.listdir(self.path('snag.out')))
        self.assertEqual(len(first), 3)
        self.assertEqual(len(second), 4)
        self.assertEqual(first & second, {'bell', 'session.json'})
        with open(self.path('snag.out', 'session.json'), encoding='utf-8') as text:
            self.assertEqual(json.load(text)['argv'], ['false'])

    def test_of_others_is_refused(self):
        os.mkdir(self.path('photos'), 0o755)
        self.write('photos/cat.jpg', 'meow')
        self.write('photos/x.snag', 'not ours')
        result = self.snag('run', '-o', 'photos', '--', 'true')
        self.assertEqual(result.returncode, 125)
        self.assertIn('files that are not of a session', result.stderr)
        self.assertEqual(sorted(os.listdir(self.path('photos'))), ['cat.jpg', 'x.snag'])

    def test_cannot_be_made(self):
        self.write('file', '')
        for folder in ('file', 'file/below', 'no/such/folder'):
            result = self.snag('run', '-o', folder, '--', 'echo', 'started')
            self.assertEqual((result.returncode, result.stdout), (125, ''))
            self.assertIn(f'snag: {folder}: not used as session folder', result.stderr)

    def test_writable_by_others_is_refused(self):
        os.mkdir(self.path('open'))
        os.chmod(self.path('open'), 0o777)
        self.assertEqual(self.snag('run', '-o', 'open', '--', 'true').returncode, 125)

    def test_in_use_is_refused(self):
        first = self.start('run', '--', STUCK, 'term')
        self.assertEqual(first.stdout.readline(), 'waiting\n')
        second = self.snag('run', '--', 'true')
        self.assertEqual(second.returncode, 125)
        self.assertIn('another run is using it', second.stderr)

    def test_with_separators_in_its_name(self):
        self.assertEqual(self.snag('run', '-o', '100%: a session', '--', 'true').returncode, 0)
        self.assertEqual(len(os.listdir(self.path('100%: a session'))), 3)

    def test_takes_the_json_in(self):
        for _ in range(2):
            self.assertEqual(self.snag('run', '-o', 'out', '--json', 'out/report.json', '--', 'true').returncode, 0)
            self.assertEqual(self.report('out/report.json')['findings'], [])

    def test_json_that_cannot_be_written(self):
        result = self.snag('run', '--json', 'no/such/file', '--', 'echo', 'started')
        self.assertEqual((result.returncode, result.stdout), (125, ''))


class Program(InFolder):
    def test_output_is_untouched(self):
        result = self.snag('run', '--', 'sh', '-c', 'echo out; echo err >&2')
        self.assertEqual(result.stdout, 'out\n')
        self.assertTrue(result.stderr.startswith('err\nsnag: '), result.stderr)

    def test_environment_is_kept(self):
        result = self.snag('run', '--', 'sh', '-c', 'echo "$LD_PRELOAD $SNAG_OPTIONS"',
                           env={**os.environ, 'LD_PRELOAD': 'libm.so.6', 'SNAG_OPTIONS': 'limit=16'})
        preload, options = result.stdout.split()
        self.assertRegex(preload, r'^/.*/libtrace\.so:libm\.so\.6$')
        self.assertEqual(options, f'limit=16:dir={os.path.realpath(self.path("snag.out"))}:mode=light')

    def test_is_watched_by_a_shim_whose_path_ld_preload_cannot_name(self):
        os.mkdir(self.path('a folder: mine'))
        os.mkdir(self.path('tmp'))
        shim = os.path.join(os.path.dirname(SNAG), '../libtrace/libtrace.so')
        shutil.copy(shim, self.path('a folder: mine', 'libtrace.so'))
        result = self.snag('run', '--', STUCK, env={**os.environ, 'TMPDIR': self.path('tmp'), 'SNAG_LIBTRACE':
                                                    self.path('a folder: mine', 'libtrace.so')})
        self.assertEqual(result.returncode, 66)
        self.assertEqual(os.listdir(self.path('tmp')), [])

    def test_gets_signals(self):
        for number, status in ((signal.SIGTERM, 9), (signal.SIGINT, 130), (signal.SIGUSR1, 138)):
            process = self.start('run', '--', STUCK, 'term')
            self.assertEqual(process.stdout.readline(), 'waiting\n')
            process.send_signal(number)
            self.assertEqual(process.wait(TIME_LIMIT_S), status)

    def test_is_interrupted_at_a_terminal(self):
        pid, terminal = pty.fork()
        if pid == 0:
            os.chdir(self.folder)
            os.execv(SNAG, [SNAG, 'run', '--', STUCK, 'term'])
        output = b''
        while b'waiting' not in output:
            output += os.read(terminal, 4096)
        os.write(terminal, b'\x03')
        try:
            while chunk := os.read(terminal, 4096):
                output += chunk
        except OSError:
            pass  # the way in which a terminal says that the other side has gone
        _, status = os.waitpid(pid, 0)
        self.assertEqual(os.waitstatus_to_exitcode(status), 130)
        self.assertIn(b'snag: nothing found', output)

    def test_dispositions_are_as_before(self):
        mask = 'grep -E "^Sig(Blk|Ign)" /proc/self/status'
        bare = subprocess.run(['sh', '-c', mask], capture_output=True, text=True, check=True)
        self.assertEqual(self.snag('run', '--', 'sh', '-c', mask).stdout, bare.stdout)

    def test_that_stops_itself(self):
        process = self.start('run', '--', STUCK, 'stop')
        self.assertEqual(process.stdout.readline(), 'stopping\n')
        _, status = os.waitpid(process.pid, os.WUNTRACED)
        self.assertTrue(os.WIFSTOPPED(status))
        process.send_signal(signal.SIGCONT)
        self.assertEqual(process.stdout.readline(), 'going on\n')
        self.assertEqual(process.wait(TIME_LIMIT_S), 5)

    @unittest.skipUnless(STATIC, 'the C library cannot be linked statically here')
    def test_static(self):
        result = self.snag('run', '--json', 'report.json', '--', STATIC)
        self.assertEqual(result.returncode, 4)
        self.assertEqual(result.stderr.count('\n'), 1, result.stderr)
        self.assertIn('cannot be watched: it is statically linked; running it anyway', result.stderr)
        self.assertIn('statically linked', self.report()['lost']['reasons'][0])

    @unittest.skipUnless(STATIC, 'the C library cannot be linked statically here')
    def test_static_that_hangs(self):
        """It cannot be watched, but looked at from outside."""
        result = self.snag('run', '--json', 'report.json', '--', STATIC, 'hang')
        self.assertEqual(result.returncode, 66)
        self.assertEqual(result.stderr.count('error: deadlock: the main thread'), 1, result.stderr)
        self.assertIn('snag: 1 error', result.stderr)
        self.assertEqual([finding['class'] for finding in self.report()['findings']], ['observed'])

    def test_of_another_c_library(self):
        """The shim would keep it from starting, so it gets none; here the loader, a link to ours, has another's name."""
        loader = re.search(r'interpreter: (\S+?)\]', subprocess.run(['readelf', '-lW', STUCK], stdout=subprocess.PIPE, text=True,
                                                                    check=True).stdout)[1]
        os.symlink(loader, self.path('ld-other.so.1'))
        self.write('main.c', '#include <stdlib.h>\nint main(void) { return getenv("LD_PRELOAD") ? 1 : 5; }\n')
        subprocess.run(['cc', '-o', 'foreign', 'main.c', f'-Wl,--dynamic-linker={self.path("ld-other.so.1")}'], cwd=self.folder,
                       check=True)
        result = self.snag('run', '--', './foreign')
        self.assertEqual(result.returncode, 5)
        self.assertRegex(result.stderr, r'^snag: \./foreign: cannot be watched: its loader is \S+/ld-other\.so\.1, .*anyway\n$')
        said = self.snag('gdb', '--', './foreign', env={**os.environ, 'SNAG_GDB': 'echo'})
        self.assertIn('cannot be watched: its loader is', said.stderr)
        self.assertNotIn('LD_PRELOAD', said.stdout)
        self.assertEqual(self.snag('confirm', '--', './foreign').returncode, 125)

    def test_that_loses_the_preload(self):
        result = self.snag('run', '--', 'true', env={**os.environ, 'SNAG_LIBTRACE': '/dev/null'})
        self.assertEqual(result.returncode, 0)
        self.assertIn('snag: true was not watched: ', result.stderr)


class Deadlock(InFolder):
    def test_is_told_at_once(self):
        result = self.snag('run', '--json', 'report.json', '--', STUCK)
        self.assertEqual(result.returncode, 66)
        self.assertIn('error: deadlock: ', result.stderr)
        self.assertEqual(result.stderr.count('error: deadlock: '), 1, 'told at once and not again')
        self.assertIn('> ', result.stderr)
        self.assertNotIn('to make it happen', result.stderr)
        finding, = (f for f in self.report()['findings'] if f['class'] == 'observed')
        self.assertEqual(finding['severity'], 'error')
        self.assertEqual(self.report()['program']['exit'], {'signal': 'SIGABRT'})

    def test_has_one_id_in_every_run(self):
        for name in ('a.json', 'b.json'):
            self.snag('run', '--json', name, '--', STUCK)
        ids = [[finding['id'] for finding in self.report(name)['findings']] for name in ('a.json', 'b.json')]
        self.assertEqual(ids[0], ids[1])

    def test_program_that_ignores_abort_is_killed(self):
        result = self.snag('run', '--error-exitcode', '0', '--', STUCK, 'ignore')
        self.assertEqual(result.returncode, 128 + signal.SIGKILL)

    def test_program_is_ended_once(self):
        result = self.snag('run', '--', STUCK, 'again')
        self.assertEqual(result.stderr.count('is ended with SIGABRT'), 1, result.stderr)

    def test_in_a_grandchild_ends_the_grandchild(self):
        result = self.snag('run', '--', 'sh', '-c', f'{STUCK}; echo "status $?"')
        self.assertEqual((result.returncode, result.stdout), (66, 'status 134\n'))

    def test_of_processes_is_told_once(self):
        """Their order is that of their beginnings, when it closes and at the end: the one that was forked first begins last."""
        result = self.snag('run', '--', STUCK, 'family')
        self.assertEqual(result.returncode, 66)
        self.assertEqual(result.stderr.count('error: deadlock'), 1, result.stderr)

    def test_can_be_waited_out(self):
        process = self.start('run', '--on-deadlock', 'wait', '--', STUCK)
        while 'What to change' not in process.stderr.readline():
            pass
        self.assertIsNone(process.poll())
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(TIME_LIMIT_S), 66)


class Gdb(InFolder):
    """The command line that GDB gets: a stand-in for GDB prints it."""

    def gdb(self, *arguments):
        self.write('gdb', '#!/bin/sh\nfor word; do echo "$word"; done\n', 0o755)
        result = self.snag('gdb', *arguments, env={**os.environ, 'SNAG_GDB': './gdb'})
        self.assertEqual(result.returncode, 0, result.stderr)
        words = result.stdout.splitlines()
        self.assertEqual(words[:2], ['-q', '-ex'])
        self.assertRegex(words[2], r'^source /.*/snag-gdb\.py$')
        return words[3:]

    def test_of_a_command(self):
        folder = os.path.realpath(self.path("it's here"))
        ex, wrapper, args, *command = self.gdb('-o', "it's here", '--', STUCK, 'an argument')
        self.assertEqual((ex, args, command), ('-ex', '--args', [STUCK, 'an argument']))
        self.assertRegex(wrapper, r"^set exec-wrapper env LD_PRELOAD='?/.*/libtrace\.so'? SNAG_OPTIONS='")
        options = wrapper.partition('SNAG_OPTIONS=')[2]
        unquoted = subprocess.run(['sh', '-c', f'printf %s {options}'], capture_output=True, text=True, check=True)
        self.assertEqual(unquoted.stdout, f'dir={folder}:mode=light')

    def test_of_a_process(self):
        self.assertEqual(self.gdb('-p', '123'), ['-p', '123'])
        self.assertFalse(os.path.exists(self.path('snag.out')))

    def test_of_a_core(self):
        # An ELF header that says ET_CORE is enough to tell a core from a program.
        with open(self.path('core'), 'wb') as core:
            core.write(b'\x7fELF\x02\x01\x01'.ljust(16, b'\0') + bytes([4, 0, 62, 0, 1]).ljust(48, b'\0'))
        self.assertEqual(self.gdb('core'), ['-c', 'core'])
        self.assertEqual(self.gdb('core', 'program'), ['-se', 'program', '-c', 'core'])

    def test_that_is_not_there(self):
        result = self.snag('gdb', '-p', '1', env={**os.environ, 'SNAG_GDB': './no-gdb'})
        self.assertEqual(result.returncode, 127)
        self.assertEqual(result.stderr, 'snag: ./no-gdb: No such file or directory\n')


class Truncated(InFolder):
    """A trace that ends anywhere gives a verdict, or says that there is none (tests/unit/test-damage.c tries every byte)."""
    PLACES = 150

    def test_cut_anywhere(self):
        self.snag('run', '--', STUCK)
        trace, = pathlib.Path(self.path('snag.out')).glob('*.snag')
        whole = trace.read_bytes().rstrip(b'\0')
        places = random.Random(1).sample(range(len(whole)), self.PLACES)
        statuses = set()
        for size in places + [0, 1, len(whole)]:
            with open(self.path('cut.snag'), 'wb') as cut:
                cut.write(whole[:size])
            report = self.snag('report', 'cut.snag')
            self.assertIn(report.returncode, (0, 66, 2), f'cut at {size}')
            self.assertNotEqual(report.stdout + report.stderr, '', f'cut at {size}')
            statuses.add(report.returncode)
        self.assertEqual(statuses, {66, 2})


class Explain(InFolder):
    def rules(self):
        with open(RULES_DEF, encoding='utf-8') as rules:
            return re.findall(r'^RULE\(\w+, "([\w-]+)"', rules.read(), re.M)

    def test_every_rule_has_a_page(self):
        listed = self.snag('explain').stdout
        for rule in self.rules():
            self.assertIn(f'\n  {rule} ', listed)
            page = self.snag('explain', rule)
            self.assertEqual((page.returncode, page.stderr), (0, ''))
            self.assertRegex(page.stdout, f'(?s)^{rule}: .*\n\n  .*\n\n      .*\n\n  What to change: ')
            self.assertEqual(self.snag('report', '--explain', rule).stdout, page.stdout)

    def test_every_class_has_a_page(self):
        for name in schema.CLASSES:
            self.assertTrue(self.snag('explain', name).stdout.startswith(f'{name}: '))

    def test_of_nothing(self):
        self.assertEqual(self.snag('explain', 'nothing').returncode, 64)


class Timeout(InFolder):
    def test_of_an_idle_program(self):
        result = self.snag('run', '--timeout', '3', '--', STUCK, 'term')
        self.assertEqual(result.returncode, 124)
        self.assertIn('still runs after 3 s', result.stderr)
        self.assertRegex(result.stderr, r'\n +1 +\d+  stuck  sleeps in pause\n')

    def test_not_reached(self):
        self.assertEqual(self.snag('run', '--timeout', '60', '--', 'true').returncode, 0)

    def test_of_a_deadlock(self):
        result = self.snag('run', '--on-deadlock', 'wait', '--timeout', '4', '--', STUCK)
        self.assertEqual(result.returncode, 66)
        self.assertIn('waits for the end of thread 2', result.stderr)
        self.assertRegex(result.stderr.replace('\n      ', ' '), r'take +waits for mutex `(first|second)` \(at stuck\.c:\d+\), for \d')

    def test_of_a_deadlock_that_cannot_be_suppressed(self):
        self.write('all', '{\n  whatever it is\n  rule: *\n}\n')
        self.assertEqual(self.snag('run', '--suppressions', 'all', '--', STUCK).returncode, 66)
        self.assertIn('for ever', self.snag('report', '--suppressions', 'all').stdout)

    def test_ends_all_processes(self):
        result = self.snag('run', '--timeout', '1', '--', 'sh', '-c', f'{STUCK} term; true')
        self.assertEqual(result.returncode, 124)


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1])

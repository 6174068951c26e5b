#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The formats of `snag report`, each read by a program or by rules that are not ours.

    formats_test.py SNAG PHILOSOPHERS BUSY PRINT_STAGE

Philosophers gives one error in a circle of five threads; busy, recorded in full, one of two threads.  print_stage prints
a scene whose names are hostile.
"""
import collections
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree

sys.path.append('/usr/lib/python3/dist-packages')  # where Debian puts the two that follow
import jsonschema  # noqa: E402
import junitparser  # noqa: E402

SNAG, PHILOSOPHERS, BUSY, PRINT_STAGE = map(os.path.abspath, sys.argv[1:5])
SARIF_SCHEMA = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'schemas/sarif-2.1.0.json')
SVG = '{http://www.w3.org/2000/svg}'
FORKS = {f'forks[{i}]' for i in range(5)}


def record(program, mode, folder):
    subprocess.run([SNAG, 'run', '--mode', mode, '-o', folder, '--', *program], check=False, capture_output=True,
                   stdin=subprocess.DEVNULL, timeout=60)


def stage(form, scene='hostile'):
    return subprocess.run([PRINT_STAGE, form, scene], check=True, capture_output=True).stdout.decode()


class Formats(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix='snag-formats-test.')
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.light, cls.full = os.path.join(cls.folder, 'light'), os.path.join(cls.folder, 'full')
        record([PHILOSOPHERS], 'light', cls.light)
        record([BUSY, '3'], 'full', cls.full)

    def report(self, form, recording, status=66):
        done = subprocess.run([SNAG, 'report', '--format', form, recording], capture_output=True, text=True, timeout=60,
                              check=False)
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stdout

    def test_output_into_a_file(self):
        path = os.path.join(self.folder, 'report.txt')
        done = subprocess.run([SNAG, 'report', '--format', 'gcc', '-o', path, self.light], capture_output=True, check=False)
        self.assertEqual((done.returncode, done.stdout), (66, b''))
        with open(path, encoding='utf-8') as text:
            self.assertEqual(text.read(), self.report('gcc', self.light))

    def test_output_that_cannot_be_written(self):
        done = subprocess.run([SNAG, 'report', '--format', 'sarif', '-o', '/nowhere/report', self.light], text=True,
                              capture_output=True, check=False)
        self.assertEqual((done.returncode, done.stderr), (2, 'snag: /nowhere/report: No such file or directory\n'))

    # ---- for CI and editors

    def check_sarif(self, text):
        sarif = json.loads(text)
        with open(SARIF_SCHEMA, encoding='utf-8') as schema:
            jsonschema.Draft4Validator(json.load(schema)).validate(sarif)
        return sarif['runs'][0]

    def test_sarif(self):
        run = self.check_sarif(self.report('sarif', self.light))
        result, = run['results']
        self.assertEqual(run['tool']['driver']['rules'][result['ruleIndex']]['id'], 'lock-order-cycle')
        self.assertRegex(result['partialFingerprints']['snagFinding/v1'], '^[0-9a-f]{12}$')
        place = result['locations'][0]['physicalLocation']
        self.assertRegex(place['artifactLocation']['uri'], 'philosophers.c$')
        flows = result['codeFlows'][0]['threadFlows']
        self.assertEqual([len(flow['locations']) for flow in flows], [2] * 5)
        self.check_sarif(stage('sarif'))
        self.assertEqual(self.check_sarif(stage('sarif', 'clean'))['results'], [])

    def test_sarif_schema_can_fail(self):
        broken = self.report('sarif', self.light).replace('"startLine":', '"startLine":-')
        with self.assertRaises(jsonschema.ValidationError):
            self.check_sarif(broken)

    def check_junit(self, text):
        xml = junitparser.JUnitXml.fromstring(text.encode())
        suite, = xml
        cases = list(suite)
        self.assertEqual((suite.tests, suite.failures), (len(cases), sum(self.is_failed(case) for case in cases)))
        return cases

    @staticmethod
    def is_failed(case):
        return any(isinstance(result, junitparser.Failure) for result in case.result)

    def test_junit(self):
        cases = self.check_junit(self.report('junit', self.light))
        failed, = filter(self.is_failed, cases)
        self.assertEqual((failed.classname, failed.result[0].type), ('snag.lock-order-cycle', 'possible'))
        self.assertIn('philosophers.c:64', failed.result[0].text)
        self.assertGreater(len(cases), 10)
        self.check_junit(stage('junit'))
        self.assertFalse(any(map(self.is_failed, self.check_junit(stage('junit', 'clean')))))

    def test_gcc(self):
        """As Emacs' compilation mode, Vim's %f:%l:%m and the problem matchers of CI servers read a compiler."""
        lines = self.report('gcc', self.light).splitlines()
        matcher = re.compile(r'^([^:\n ]+\.c):(\d+):\s+(error|warning|note):\s+(.*)$')
        found = [matcher.match(line).groups() for line in lines]
        self.assertEqual([severity for _, _, severity, _ in found], ['error'] + 10 * ['note'])
        self.assertTrue(found[0][3].endswith(' [lock-order-cycle]'))
        self.assertEqual({(os.path.basename(path), int(line)) for path, line, _, _ in found},
                         {('philosophers.c', 64), ('philosophers.c', 65)})
        self.assertEqual(len(stage('gcc').splitlines()), 5)
        self.assertTrue(stage('gcc', 'stripped').startswith('src/bank.c:60: error: '))
        self.assertNotIn('\033', stage('gcc'))

    # ---- graphs

    def test_dot(self):
        plain = subprocess.run(['dot', '-Tplain'], input=self.report('dot', self.light), text=True, check=True,
                               capture_output=True).stdout
        nodes = dict(re.findall(r'^node (\S+) \S+ \S+ \S+ \S+ "(.*?)"', plain, re.M))
        self.assertEqual(set(nodes.values()), FORKS)
        edges = {(nodes[a], nodes[b]) for a, b in re.findall(r'^edge (\S+) (\S+)', plain, re.M)}
        self.assertEqual(edges, {(f'forks[{i}]', f'forks[{(i + 1) % 5}]') for i in range(5)})

    def labels(self, svg):
        return {text.text for text in ElementTree.fromstring(svg).iter(SVG + 'text')}

    def test_svg(self):
        self.assertLess(FORKS, self.labels(self.report('svg', self.light)))
        hostile = '</script><b a="\'&lt;\\N\\x1b[31m\\xff'
        self.assertLess({f'{hostile}[1].lock', f'{hostile}[3].lock'}, self.labels(stage('svg')))

    def test_svg_for_a_parent_that_waits_for_no_child(self):
        before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        self.addCleanup(signal.signal, signal.SIGCHLD, before)
        done = subprocess.run([SNAG, 'report', '--format', 'svg', self.light], capture_output=True, text=True, check=False)
        self.assertIn('</svg>', done.stdout, done.stderr)

    def test_svg_without_graphviz(self):
        done = subprocess.run([SNAG, 'report', '--format', 'svg', self.light], capture_output=True, text=True, check=False,
                              env={**os.environ, 'PATH': self.folder})
        self.assertEqual((done.returncode, done.stdout), (2, ''))
        self.assertIn('install Graphviz', done.stderr)

    # ---- what cannot be trusted

    def damage(self, recording, seed):
        """A copy with a few bytes changed."""
        chance = random.Random(seed)
        folder = os.path.join(self.folder, f'damaged{seed}')
        shutil.copytree(recording, folder)
        trace = next(name for name in os.listdir(folder) if name.endswith('.snag'))
        with open(os.path.join(folder, trace), 'r+b') as file:
            bytes_ = bytearray(file.read())
            used = [i for i in range(8, len(bytes_)) if bytes_[i]]
            for place in chance.sample(used, chance.randrange(1, 30)):
                bytes_[place] = chance.randrange(256)
            file.seek(0)
            file.write(bytes_)
        return folder

    def test_damaged(self):
        """Whatever a trace says, each form ends with a verdict."""
        for seed in range(24):
            folder = self.damage((self.light, self.full)[seed % 2], seed)
            for form in ('html', 'sarif', 'junit', 'gcc', 'dot', 'perfetto', 'std'):
                done = subprocess.run([SNAG, 'report', '--all', '--format', form, folder], capture_output=True, check=False,
                                      timeout=60)
                self.assertIn(done.returncode, (0, 2, 66), f'{form}, seed {seed}: {done.stderr[-2000:]}')

    # ---- full recordings

    def test_needs_full_recording(self):
        for form in ('perfetto', 'std'):
            self.report(form, self.light, status=2)

    def test_perfetto(self):
        """Trace Event Format: https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU"""
        trace = json.loads(self.report('perfetto', self.full))
        open_slices, held, names, now = collections.defaultdict(list), collections.defaultdict(list), {}, 0
        for event in trace['traceEvents']:
            lane = event['pid'], event['tid']
            self.assertGreaterEqual(event['ts'], now)
            now = event['ts']
            if event['ph'] == 'M':
                names[lane, event['name']] = event['args']['name']
            elif event['ph'] == 'B':
                held[names[lane, 'thread_name']].append((*open_slices[lane], event['name']))
                open_slices[lane].append(event['name'])
            else:
                self.assertEqual(event['ph'], 'E')
                open_slices[lane].pop()
        self.assertFalse(any(open_slices.values()))
        self.assertEqual(held, {'the main thread': [('again',), ('again', 'again')] + [('busy',)] * 3,
                                'thread 2': [('a',), ('a', 'b'), ('b',)], 'thread 3': [('b',), ('b', 'a'), ('a',)]})

    def test_std(self):
        """What RAPID asks of a trace: locks are held by one thread, threads do nothing before a fork or after a join."""
        owner, born, joined, verbs = {}, {'1'}, set(), collections.Counter()
        for line in self.report('std', self.full).splitlines():
            thread, verb, target = re.fullmatch(r'T(\d+)\|(acq|rel|fork|join)\([LT](\d+)\)\|\d+', line).groups()
            verbs[verb] += 1
            self.assertTrue(thread in born and thread not in joined, line)
            if verb == 'acq':
                self.assertIsNone(owner.get(target), line)
                owner[target] = thread
            elif verb == 'rel':
                self.assertEqual(owner.pop(target), thread, line)
            elif verb == 'fork':
                born.add(target)
            else:
                joined.add(target)
        self.assertEqual(verbs, {'acq': 8, 'rel': 8, 'fork': 2, 'join': 2})


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1])

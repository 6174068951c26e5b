#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The scenario runner must be seen failing: right programs with wrong expectations, and a Snag that answers wrongly.

    run_scenario_test.py --snag build/tools/snag --abba PROGRAM --clean PROGRAM

The first half runs the real Snag on the real abba and abba_same_order, with headers that were tampered with.  In the
second half a stand-in for `snag` plays back a report that was tampered with.
"""
import argparse
import copy
import json
import os
import re
import sys
import tempfile
import unittest

import run_scenario

HERE = os.path.dirname(os.path.abspath(__file__))
ABBA = os.path.join(HERE, 'scenarios', 'abba.c')
CLEAN = os.path.join(HERE, 'scenarios', 'abba_same_order.c')
FULL = '  full: lock-order-cycle predicted error'


class Tampered(unittest.TestCase):
    """A folder with tampered sources in it; they keep their line numbers and their names."""
    options = None

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix='snag-runner-test.')
        self.addCleanup(self.folder.cleanup)

    def source(self, original, changes):
        with open(original, encoding='utf-8') as source:
            text = source.read()
        for old, new in changes:
            self.assertIn(old, text)
            text = text.replace(old, new, 1)
        path = os.path.join(self.folder.name, os.path.basename(original))
        with open(path, 'w', encoding='utf-8') as source:
            source.write(text)
        return path

    def assert_problem(self, problems, text):
        """It failed, and for this reason."""
        self.assertIn(text, '\n'.join(problems))

    def expect_abba(self, problem, *changes):
        self.assert_problem(self.run_abba(*changes), problem)

    def expect_clean(self, problem, *changes):
        self.assert_problem(self.run_clean(*changes), problem)

    def run_abba(self, *changes):
        return run_scenario.run_scenario(self.options.snag, self.options.abba, [self.source(ABBA, changes)])

    def run_clean(self, *changes):
        return run_scenario.run_scenario(self.options.snag, self.options.clean, [self.source(CLEAN, changes)])


class WrongExpectation(Tampered):
    """The real Snag is right, the header is wrong."""

    def test_right_expectations_pass(self):
        self.assertEqual(self.run_abba(), [])
        self.assertEqual(self.run_clean(), [])

    def test_wrong_rule(self):
        self.expect_abba('expected and not found', ('lock-order-cycle', 'self-deadlock'))

    def test_wrong_class(self):
        self.expect_abba('expected and not found', ('possible error', 'observed error'))

    def test_wrong_class_in_full(self):
        self.expect_abba('recorded in full:', ('predicted error', 'possible error'))

    def test_wrong_severity(self):
        self.expect_abba('expected and not found', ('possible error', 'possible warning'),
                         ('\n */\n#include', '\n * exit: 66 */\n#include'))

    def test_wrong_place(self):
        self.expect_abba('expected and not found', ('wants: b at first takes b', 'wants: b at second takes b'))

    def test_wrong_lock(self):
        self.expect_abba('expected and not found', ('holds: a at first', 'holds: b at first'))

    def test_wrong_thread(self):
        self.expect_abba('expected and not found', ('thread: second', 'thread: third'))

    def test_threads_exchanged(self):
        self.expect_abba('expected and not found', ('thread: first', 'thread: x'), ('thread: second', 'thread: first'),
                         ('thread: x', 'thread: second'))

    def test_clean_where_there_is_a_finding(self):
        with open(ABBA, encoding='utf-8') as source:
            header = re.search(r'expect: .*?\*/', source.read(), re.S).group()
        nothing = 'expect: clean\n' + ' *\n' * (header.count('\n') - 1) + ' * exit: 66 */'
        self.expect_abba('0 findings expected, got 1', (header, nothing))

    def test_finding_where_there_is_none(self):
        for severity in 'error', 'note':
            self.expect_clean('1 findings expected, got 0',
                              ('expect: clean\n * full: clean', f'expect: lock-order-cycle possible {severity}\n *'))

    def test_wrong_exit(self):
        self.expect_clean('returned 0, expected 1', ('full: clean\n */', 'full: clean\n * exit: 1 */'))

    def test_wrong_output(self):
        self.expect_clean('the program said', ('full: clean\n */', 'full: clean\n * prints: hello */'))

    def test_hang_that_is_none(self):
        self.expect_clean('was to hang', ('full: clean\n */', 'full: clean\n * hangs: yes */'))


class BadHeader(Tampered):
    """A header that cannot be meant: an error, never a pass."""

    def test_no_expectation(self):
        self.expect_clean('no "expect:" line', ('expect: clean', 'Expected to be clean.'))

    def test_misspelt_key(self):
        self.expect_abba('no word of an expectation', ('  holds: a', '  hold: a'))

    def test_clean_in_full_alone(self):
        self.expect_abba('belongs below', (FULL, '  full: clean'))

    def test_unknown_place(self):
        self.expect_abba('0 lines of the source', ('at first takes a', 'at nowhere'))

    def test_ambiguous_place(self):
        self.expect_abba('2 lines of the source', ('/* second takes b */', '/* first takes b */'))


STAND_IN = '''#!{python}
import os, subprocess, sys, time
command = sys.argv[sys.argv.index('--') + 1:]
{before}
status = subprocess.run(command).returncode
with open(sys.argv[sys.argv.index('--json') + 1], 'w') as out:
    out.write({report!r})
sys.exit({status})
'''


def good_report():
    """What Snag says about abba, with the line numbers that are in it now."""
    lines = {text: places[0][1] for text, places in run_scenario.markers_of(ABBA).items()}

    def frames(place):
        return [{'function': 'f', 'file': '../x/abba.c', 'line': lines[place], 'module': 'abba', 'offset': '0x1',
                 'inlined': False}]

    def thread(number, name, held, wanted, ids):
        return {'id': number, 'tid': number, 'name': 'abba', 'start': name, 'created_at': [],
                'wants': {'lock': ids[1], 'mode': 'write', 'at': frames(wanted)},
                'holds': [{'lock': ids[0], 'mode': 'write', 'at': frames(held)}]}

    return {
        'snag': 1, 'program': {'argv': ['abba'], 'pid': 1, 'exit': {'code': 0}},
        'lost': {'records': 0, 'reasons': []}, 'caps': [], 'summary': {'error': 1, 'warning': 0, 'note': 0},
        'findings': [{'id': '0' * 12, 'rule': 'lock-order-cycle', 'class': 'possible', 'severity': 'error',
                      'title': 't', 'why': 'w', 'assumptions': [], 'count': 1,
                      'threads': [thread(2, 'first', 'first takes a', 'first takes b', (1, 2)),
                                  thread(3, 'second', 'second takes b', 'second takes a', (2, 1))]}],
        'locks': [{'id': 1, 'kind': 'mutex', 'name': 'a', 'address': '0x1', 'created_at': []},
                  {'id': 2, 'kind': 'mutex', 'name': 'b', 'address': '0x2', 'created_at': []}]}


class WrongAnswer(Tampered):
    """The expectation is abba's, `snag` is a stand-in."""

    def answer(self, report, status=66, before=''):
        path = os.path.join(self.folder.name, 'snag')
        text = report if isinstance(report, str) else json.dumps(report)
        with open(path, 'w', encoding='utf-8') as script:
            script.write(STAND_IN.format(python=sys.executable, before=before, report=text, status=status))
        os.chmod(path, 0o755)
        return run_scenario.run_scenario(path, self.options.abba, [self.source(ABBA, [(FULL, '')])])

    def expect_answer(self, problem, *args, **kwargs):
        self.assert_problem(self.answer(*args, **kwargs), problem)

    def changed(self, **changes):
        report = copy.deepcopy(good_report())
        report.update(changes)
        return report

    def test_right_answer_passes(self):
        self.assertEqual(self.answer(good_report()), [])

    def test_one_finding_twice(self):
        findings = good_report()['findings'] * 2
        report = self.changed(findings=findings, summary={'error': 2, 'warning': 0, 'note': 0})
        self.expect_answer('1 findings expected, got 2', report)

    def test_one_more_note(self):
        report = good_report()
        report['findings'].append(dict(report['findings'][0], severity='note'))
        report['summary']['note'] = 1
        self.expect_answer('1 findings expected, got 2', report)

    def test_one_more_thread(self):
        report = good_report()
        report['findings'][0]['threads'].append(report['findings'][0]['threads'][0])
        self.expect_answer('expected and not found', report)

    def test_wrong_line(self):
        report = good_report()
        report['findings'][0]['threads'][0]['wants']['at'][0]['line'] += 1
        self.expect_answer('expected and not found', report)

    def test_wrong_summary(self):
        self.expect_answer('summary', self.changed(summary={'error': 0, 'warning': 0, 'note': 0}))

    def test_lost_records(self):
        self.expect_answer('records were lost', self.changed(lost={'records': 1, 'reasons': ['no space']}))

    def test_limit_met(self):
        self.expect_answer('limits were met', self.changed(caps=['too many objects']))

    def test_wrong_program_exit(self):
        report = self.changed(program={'argv': [], 'pid': 1, 'exit': {'code': 1}})
        self.expect_answer('in the report it is', report)

    def test_wrong_status(self):
        self.expect_answer('returned 0, expected 66', good_report(), status=0)

    def test_more_output(self):
        self.expect_answer('the program said, without Snag', good_report(),
                           before='print("hello", flush=True)')

    def test_no_json(self):
        self.expect_answer('not what the schema says', '')
        self.expect_answer('not what the schema says', '{"snag": 1}')
        self.expect_answer('not what the schema says', '[]')

    def test_snag_that_hangs(self):
        limit, run_scenario.TIME_LIMIT_S = run_scenario.TIME_LIMIT_S, 2
        try:
            self.expect_answer('still there after', good_report(), before='time.sleep(600)')
        finally:
            run_scenario.TIME_LIMIT_S = limit


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--snag', required=True)
    parser.add_argument('--abba', required=True)
    parser.add_argument('--clean', required=True)
    Tampered.options, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0]] + rest)


if __name__ == '__main__':
    main()

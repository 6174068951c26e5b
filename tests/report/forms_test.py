#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The forms of a report, on a scene that nobody recorded: text against a golden file, JSON against the schema.

    forms_test.py PRINT_STAGE GOLDEN
"""
import copy
import json
import subprocess
import sys
import unittest

import schema

PRINT_STAGE, GOLDEN = sys.argv[1:3]


def print_stage(*arguments):
    return subprocess.run([PRINT_STAGE, *arguments], check=True, capture_output=True).stdout.decode()


class Text(unittest.TestCase):
    maxDiff = None

    def test_golden(self):
        with open(GOLDEN, encoding='utf-8') as golden:
            self.assertEqual(print_stage('text'), golden.read())

    def test_nothing_found(self):
        self.assertIn('snag: nothing found; watched 3 threads, 7 locks and 0 lock-order pairs in 1 process',
                      print_stage('text', 'clean').replace('\n  ', ' '))


class Json(unittest.TestCase):
    def setUp(self):
        self.report = json.loads(print_stage('json'))

    def test_schema(self):
        schema.check_report(self.report)
        schema.check_report(json.loads(print_stage('json', 'clean')))

    def test_schema_can_fail(self):
        for tamper in (lambda r: r.update(extra=1), lambda r: r['findings'][0].update(severity='fatal'),
                       lambda r: r['findings'][0]['threads'][0]['wants'].update(lock=99),
                       lambda r: r['summary'].update(error=2), lambda r: r['findings'][0].update(id='xyz'),
                       lambda r: r['locks'][0].pop('kind'), lambda r: r['program'].update(exit={'status': 1})):
            tampered = copy.deepcopy(self.report)
            tamper(tampered)
            with self.assertRaises(schema.SchemaError):
                schema.check_report(tampered)

    def test_values(self):
        finding, = self.report['findings']
        self.assertEqual(finding['rule'], 'lock-order-cycle')
        self.assertEqual(finding['why'], 'nothing keeps the threads that take `accounts[3].lock` and `accounts[1].lock` '
                                         'apart, 100%')
        thread = finding['threads'][0]
        self.assertEqual((thread['id'], thread['tid'], thread['name'], thread['start']), (2, 102, 'worker', 'teller'))
        names = {lock['id']: lock['name'] for lock in self.report['locks']}
        self.assertEqual(names[thread['wants']['lock']], 'accounts[3].lock')
        self.assertEqual([names[hold['lock']] for hold in thread['holds']], ['accounts[1].lock'])
        self.assertEqual(self.report['program'], {'argv': ['./bank', '--fast'], 'pid': 100, 'exit': {'code': 3}})


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1])

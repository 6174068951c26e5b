#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What waiting for locks has cost, against a program that knows it.

    contention_test.py SNAG WAITS SOURCE
"""
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

import schema

SNAG, WAITS, SOURCE = map(os.path.abspath, sys.argv[1:4])


def line_of(marker):
    with open(SOURCE, encoding='utf-8') as source:
        found, = [number for number, line in enumerate(source, 1) if f'/* {marker} */' in line]
    return found


class Contention(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix='snag-contention-test.')
        cls.session = os.path.join(cls.folder.name, 'snag.out')
        done = subprocess.run([SNAG, 'run', '-o', cls.session, '--', WAITS], capture_output=True, text=True, check=True,
                              timeout=60)
        cls.truth = [tuple(map(int, line.split()[1:])) for line in done.stdout.splitlines()]

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def report(self, *options):
        return subprocess.run([SNAG, 'report', *options, self.session], capture_output=True, text=True, check=True,
                              timeout=60).stdout

    def contention(self):
        report = json.loads(self.report('--contention', '--format', 'json'))
        schema.check_report(report)
        names = {lock['id']: lock['name'] for lock in report['locks']}
        return {names[lock['lock']]: lock for lock in report['contention']}

    def check_place(self, place, mode, asked, since, rounds):
        self.assertEqual((place['mode'], place['waits']), (mode, len(rounds)))
        self.assertEqual(place['at'][0]['line'], line_of(asked))
        self.assertEqual(place['held_since'][0]['line'], line_of(since))
        self.assertEqual((place['longest_by'], place['longest_for']), (2, 1))
        least, most = (sum(self.truth[i][k] for i in rounds) for k in (0, 1))
        self.assertTrue(least <= place['total_ns'] <= most, f'{least} <= {place["total_ns"]} <= {most}')
        least, most = (max(self.truth[i][k] for i in rounds) for k in (0, 1))
        self.assertTrue(least <= place['longest_ns'] <= most, f'{least} <= {place["longest_ns"]} <= {most}')

    def test_places(self):
        """Who got its lock at once is not there; the others are, with what they know of it themselves."""
        locks = self.contention()
        self.assertEqual(set(locks), {'till', 'ledger'})
        places = {place['held_since'][0]['line']: place for place in locks['till']['places']}
        self.assertEqual(len(places), 2)
        self.check_place(places[line_of('the till is taken once')], 'write', 'waiter asks for the till',
                         'the till is taken once', [0])
        self.check_place(places[line_of('the till is taken twice')], 'write', 'waiter asks for the till',
                         'the till is taken twice', [1, 2])
        ledger, = locks['ledger']['places']
        self.check_place(ledger, 'write', 'waiter asks for the ledger', 'the ledger is read', [3])

    def test_sums(self):
        till = self.contention()['till']
        self.assertEqual(till['waits'], 3)
        for key, put_together in (('total_ns', sum), ('longest_ns', max)):
            self.assertEqual(till[key], put_together(place[key] for place in till['places']))

    def test_dearest_first(self):
        totals = [lock['total_ns'] for lock in json.loads(self.report('--contention', '--json', '-'))['contention']]
        self.assertEqual(totals, sorted(totals, reverse=True))

    def test_text(self):
        text = re.sub(r'\s+', ' ', self.report('--contention'))
        self.assertRegex(text, r'mutex `till`: 3 waits, [\d.]+ m?s in all, the longest [\d.]+ m?s '
                               r'\(thread 2 for the main thread\)')
        self.assertRegex(text, rf'2 waits, [\d.]+ m?s: asked for at waits.c:{line_of("waiter asks for the till")}; '
                               rf'it had been taken at waits.c:{line_of("the till is taken twice")}')

    def test_not_asked_for(self):
        self.assertNotIn('waited for', self.report())
        self.assertNotIn('contention', json.loads(self.report('--json', '-')))


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1])

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
    mode = 'light'

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix='snag-contention-test.')
        cls.session = os.path.join(cls.folder.name, 'snag.out')
        done = subprocess.run([SNAG, 'run', '--mode', cls.mode, '-o', cls.session, '--', WAITS], capture_output=True,
                              text=True, check=True, timeout=60)
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
        """Who got its lock at once is not there, nor are signals; the others are, with what they know of it themselves."""
        locks = self.contention()
        self.assertEqual(set(locks), {'till', 'ledger', 'drawer'})
        places = {place['held_since'][0]['line']: place for place in locks['till']['places']}
        self.assertEqual(len(places), 2)
        self.check_place(places[line_of('the till is taken once')], 'write', 'waiter asks for the till',
                         'the till is taken once', [0])
        self.check_place(places[line_of('the till is taken twice')], 'write', 'waiter asks for the till',
                         'the till is taken twice', [1, 2])
        ledger, = locks['ledger']['places']
        self.check_place(ledger, 'write', 'waiter asks for the ledger', 'the ledger is read', [3])
        drawer, = locks['drawer']['places']
        self.check_place(drawer, 'write', 'waiter asks for the drawer', 'the drawer is taken', [4])

    def check_holds(self, place, rounds):
        """What they say of waiting and of holding cannot both be too much."""
        held, waited_and_held = (sum(self.truth[i][k] for i in rounds) for k in (2, 3))
        self.assertEqual(place['holds'], len(rounds))
        self.assertTrue(held <= place['held_ns'] <= waited_and_held - place['total_ns'], f'{held}, {place}')
        self.assertTrue(max(self.truth[i][2] for i in rounds) <= place['longest_held_ns'] <= place['held_ns'])

    def test_holds(self):
        """Who has waited for a mutex is timed until it is given back; who had it at once is not, nor is a read-write lock."""
        locks = self.contention()
        places = {place['held_since'][0]['line']: place for place in locks['till']['places']}
        self.check_holds(places[line_of('the till is taken once')], [0])
        self.check_holds(places[line_of('the till is taken twice')], [1, 2])
        self.assertEqual((locks['ledger']['holds'], locks['ledger']['held_ns']), (0, 0))

    def test_sums(self):
        till = self.contention()['till']
        self.assertEqual((till['waits'], till['holds']), (3, 3))
        for key, put_together in (('total_ns', sum), ('longest_ns', max), ('held_ns', sum), ('longest_held_ns', max)):
            self.assertEqual(till[key], put_together(place[key] for place in till['places']))

    def test_dearest_first(self):
        totals = [lock['total_ns'] for lock in json.loads(self.report('--contention', '--json', '-'))['contention']]
        self.assertEqual(totals, sorted(totals, reverse=True))

    def test_text(self):
        text = re.sub(r'\s+', ' ', self.report('--contention'))
        time = r'[\d.]+ m?s'
        self.assertRegex(text, rf'waited for locks for {time} in a run of {time}')
        self.assertRegex(text, rf'3 {time} {time} {time} {time} till')
        self.assertRegex(text, rf'1 {time} {time} - - ledger')
        self.assertRegex(text, rf'mutex `till`: the longest wait was {time}, of thread 2, for the main thread')
        self.assertRegex(text, rf'{time} in 2 waits: asked for at waits.c:{line_of("waiter asks for the till")} in ask, '
                               rf'called by waiter; it had been taken at '
                               rf'waits.c:{line_of("the till is taken twice")} in keep, called by main')
        self.assertEqual(text.count('What to change: '), 3)

    def test_not_asked_for(self):
        self.assertNotIn('waited for', self.report())
        self.assertNotIn('contention', json.loads(self.report('--json', '-')))


class FullContention(Contention):
    mode = 'full'


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1])

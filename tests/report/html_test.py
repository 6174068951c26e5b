#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The HTML report in a browser: what it shows, with clicks and keys as a person would use them.

    html_test.py SNAG FOLDER_OF_EXAMPLES BUSY WAITS PRINT_STAGE GEN_TRACES
"""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

import browser

SNAG, EXAMPLES, BUSY, WAITS, PRINT_STAGE, GEN_TRACES = map(os.path.abspath, sys.argv[1:7])
N_LOCKS = 10000


@unittest.skipUnless(browser.PROGRAM, 'Chromium is not installed')
class Html(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix='snag-html-test.')
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.browser = browser.Browser()
        cls.addClassCleanup(cls.browser.close)

    def open(self, path):
        """Opens a page, which may ask for nothing but itself."""
        self.browser.open(path)
        self.assertEqual(self.browser.requested(), ['file://' + path])
        self.assertEqual(self.browser.errors(), [])

    def open_report(self, recording, status=66):
        page = recording + '.html'
        done = subprocess.run([SNAG, 'report', '--format', 'html', '-o', page, recording], capture_output=True, text=True,
                              timeout=120, check=False)
        self.assertEqual((done.returncode, done.stderr), (status, ''))
        self.open(page)

    def open_run(self, *program, mode='light', status=66):
        recording = os.path.join(self.folder, os.path.basename(program[0]))
        subprocess.run([SNAG, 'run', '--mode', mode, '-o', recording, '--', *program], capture_output=True, timeout=60,
                       stdin=subprocess.DEVNULL, check=False)
        self.open_report(recording, status)

    def shown(self):
        """The part of the page that is shown."""
        return self.browser.evaluate('document.querySelector("section:not([hidden])").id')

    def background(self):
        return self.browser.evaluate('getComputedStyle(document.body).backgroundColor')

    # ---- a small report

    def test_finding(self):
        page = self.browser
        self.open_run(os.path.join(EXAMPLES, 'philosophers'))
        self.assertEqual(page.text('#counts').split(), ['1', 'error', '0', 'warnings', '0', 'notes'])
        self.assertEqual(page.text('#shown'), '1 of 1 findings')
        self.assertEqual(page.count('.finding .circle rect'), 5)
        self.assertIn('takes the left fork', page.text('.finding pre mark'))
        page.click('.finding > summary')
        self.assertEqual(page.count('.finding .story'), 0)
        page.click('.finding > summary')
        self.assertEqual(page.count('.finding .story'), 1)
        self.assertIn('Thread 2 "Aristotle" holds forks[0]', page.text('.finding .story'))

    def test_filters(self):
        page = self.browser
        self.open_run(os.path.join(EXAMPLES, 'philosophers'))
        page.click('#severities input[value=error]')
        self.assertEqual((page.count('.finding'), page.text('#shown')), (0, '0 of 1 findings'))
        page.click('#severities input[value=error]')
        page.click('#text')
        page.type('aristotle eat')
        self.assertEqual(page.count('.finding'), 1)
        page.type('x')
        self.assertEqual(page.count('.finding'), 0)

    def test_keys(self):
        page = self.browser
        self.open_run(os.path.join(EXAMPLES, 'philosophers'))
        for key, part in (('2', 'order'), ('4', 'threads'), ('5', 'locks'), ('1', 'findings')):
            page.key(key)
            self.assertEqual(self.shown(), part)
        page.key('7')
        self.assertEqual(self.shown(), 'findings')  # there is no timeline
        page.key('j')
        page.key('Enter')
        self.assertEqual(page.count('.finding .story'), 0)
        page.key('/')
        page.type('2')
        self.assertEqual((self.shown(), page.evaluate('document.getElementById("text").value')), ('findings', '2'))

    def test_graph_and_tables(self):
        page = self.browser
        self.open_run(os.path.join(EXAMPLES, 'philosophers'))
        page.click('#tabs [data-part=order]')
        self.assertEqual((page.count('#order .node'), page.count('#order .edge.error')), (5, 5))
        page.click('#order .node text')
        self.assertEqual(self.shown(), 'findings')
        self.assertRegex(page.evaluate('document.getElementById("text").value'), r'forks\[\d\]')
        page.key('4')
        self.assertEqual(page.count('#threads tbody tr'), 6)
        self.assertIn('Hypatia', page.text('#threads tbody'))
        page.key('5')
        page.click('#locks th button')
        page.click('#locks th button')
        self.assertEqual(page.text('#locks tbody tr td'), 'forks[4]')
        page.click('#locks tbody button')
        self.assertEqual((self.shown(), page.count('.finding')), ('findings', 1))

    def test_light_and_dark(self):
        self.open_run(os.path.join(EXAMPLES, 'philosophers'))
        self.browser.dark(False)
        light = self.background()
        self.browser.dark(True)
        dark = self.background()
        self.assertNotEqual(light, dark)
        self.browser.click('#theme')
        self.assertEqual(self.background(), light)
        self.browser.key('d')
        self.assertEqual(self.background(), dark)

    def test_waits(self):
        self.open_run(os.path.join(EXAMPLES, 'hang'))
        self.browser.key('3')
        self.assertEqual((self.browser.count('#waits .node'), self.browser.count('#waits .edge.error')), (5, 4))
        self.assertIn('the main thread', self.browser.text('#waits'))  # it joins one of the two that are stuck

    def test_contention(self):
        page = self.browser
        self.open_run(WAITS, status=0)
        page.key('6')
        self.assertEqual((self.shown(), page.count('#contention tbody tr')), ('contention', 4))
        page.click('#contention th:nth-child(3) button')
        totals = page.evaluate('[...document.querySelectorAll("#contention tbody td:nth-child(3)")].map((e) => e.innerText)')
        self.assertEqual(totals, sorted(totals, key=lambda text: -float(text.split()[0])))

    def test_timeline(self):
        page = self.browser
        self.open_run(BUSY, '3', mode='full')
        page.click('#tabs [data-part=timeline]')
        self.assertEqual(page.evaluate('[view.lanes.length, view.slices.length]'), [3, 9])
        x, y = page.evaluate('(() => { const [x, y, w, h] = boxOf(view.slices.find((s) => s.name === "b"));'
                             'const box = at("lanes").getBoundingClientRect(); return [box.x + x + w / 2, box.y + y + h / 2]; })()')
        page.ask('Input.dispatchMouseEvent', type='mouseMoved', x=x, y=y)
        self.assertRegex(page.text('#slice'), r'^thread 2 holds b: step \d+ to \d+$')
        whole = page.evaluate('view.to - view.from')
        page.click('#closer')
        self.assertEqual(page.evaluate('view.to - view.from'), whole / 2)
        page.click('#lanes')
        page.key('ArrowRight')
        page.key('0')
        self.assertEqual(page.evaluate('view.to - view.from'), whole)

    # ---- what a program may do to it

    def test_hostile_names(self):
        page = os.path.join(self.folder, 'hostile.html')
        with open(page, 'wb') as out:
            subprocess.run([PRINT_STAGE, 'html', 'hostile'], stdout=out, check=True)
        self.open(page)
        self.assertEqual(self.browser.evaluate('document.querySelectorAll("b, i").length'), 0)
        self.assertEqual(self.browser.evaluate('document.scripts.length'), 2)
        self.assertIn('</script><b a="\'&lt;\\N', self.browser.text('.finding summary'))
        self.browser.key('2')
        self.assertIn('</script><b a="\'&lt;\\N', self.browser.evaluate('document.querySelector("#order svg").textContent'))

    def test_size(self):
        """Some hundred findings and ten thousand locks: only what is looked at is made."""
        recording = os.path.join(self.folder, 'large')
        os.mkdir(recording)
        subprocess.run([GEN_TRACES, '-d', '100000', '-l', str(N_LOCKS), '-i', '2', os.path.join(recording, '1.1.snag')],
                       check=True)
        self.open_report(recording)
        page = self.browser
        self.assertGreater(page.evaluate('report.findings.length'), 1000)
        self.assertLess(page.evaluate('document.querySelectorAll("*").length'), 60000)
        page.key('5')
        self.assertEqual(page.text('#locks output'), f'200 of {N_LOCKS}')
        page.click('#locks .more')
        self.assertEqual((page.count('#locks tbody tr'), page.text('#locks output')), (400, f'400 of {N_LOCKS}'))
        page.click('#locks input')
        page.type('0x10000040')
        self.assertEqual(page.count('#locks tbody tr'), 1)
        page.key('Escape')
        page.key('2')
        self.assertGreater(page.count('#order .node'), 50)
        self.assertLess(page.count('#order .node'), 200)


if __name__ == '__main__':
    unittest.main(argv=sys.argv[:1])

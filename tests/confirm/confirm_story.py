#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Records a story, has `snag confirm` try it, and compares the verdict with the one in the story's header.

    confirm_story.py SNAG PROGRAM SOURCE

The header says `confirm: RULE VERDICT`, and perhaps ` recorded in full`.  A circle that is told as a note is tried because it is asked for by its id.  What
was confirmed has to be `confirmed` in a later report, and to happen again by the schedule that was left; what is `impossible`
is not tried, and that is said.
"""
import json
import os
import re
import subprocess
import sys
import tempfile

FOUND, NO_VERDICT = 66, 2


def wanted(source):
    with open(source, encoding='utf-8') as text:
        return re.search(r'^ \* confirm: (\S+) (\S+)( recorded in full)?$', text.read(), re.M).groups()


def snag(*arguments):
    return subprocess.run(arguments, capture_output=True, text=True, check=False, timeout=100)


def findings(tool):
    """What the report says now, notes too."""
    return json.loads(snag(tool, 'report', '--json', '-').stdout)['findings']


def record(tool, program, rule, mode):
    """Records until the story has gone well: now and then it deadlocks by itself."""
    for _ in range(20):
        snag(tool, 'run', '--mode', mode, '--timeout', '5', '--', program)
        found = [finding for finding in findings(tool) if finding['rule'] == rule]
        if found and found[0]['class'] != 'observed':
            return found[0]
    raise SystemExit(f'{rule} was not predicted in 20 runs')


def problems(tool, program, source):
    rule, verdict, is_full = wanted(source)
    identity = record(tool, program, rule, 'full' if is_full else 'light')['id']
    done = snag(tool, 'confirm', identity, '--', program)
    if verdict == 'impossible':
        if done.returncode != NO_VERDICT or f'{identity}: cannot be made to happen: ' not in done.stderr:
            yield f'exit status {done.returncode}: {done.stderr}'
        return
    finding = next(finding for finding in findings(tool) if finding['id'] == identity)
    print(done.stdout, done.stderr, json.dumps(finding.get('trial'), indent=2))
    if finding['trial']['verdict'] != verdict:
        yield f"the verdict is {finding['trial']['verdict']}, wanted {verdict}"
    if (finding['class'] == 'confirmed') != (verdict == 'confirmed'):
        yield f"the class is {finding['class']}"
    if done.returncode != (FOUND if verdict == 'confirmed' else 0):
        yield f'exit status {done.returncode}'
    again = snag(tool, 'confirm', '--replay', finding['trial']['schedule'], '--', program)
    if again.returncode != (FOUND if verdict == 'confirmed' else 0):
        yield f'replayed: exit status {again.returncode}: {again.stderr}'


def main():
    tool, program, source = (os.path.abspath(path) for path in sys.argv[1:])
    with tempfile.TemporaryDirectory(prefix='snag-confirm.') as folder:
        os.chdir(folder)
        found = list(problems(tool, program, source))
        os.chdir('/')
    print('\n'.join(found))
    return 1 if found else 0


if __name__ == '__main__':
    sys.exit(main())

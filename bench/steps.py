#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Counts the instructions of a lock+unlock pair, bare and under the shim, and fails when there are more than there were.

    steps.py STEPS SHIM

A machine's nanoseconds come and go; what callgrind counts is the same every time.  The bounds are what was counted when
they were last written down here, and two to spare: whoever makes the shim dearer has to say so.
"""
import os
import re
import subprocess
import sys
import tempfile

PAIRS = 1000
# (arguments of steps, instructions of the shim and libc in a pair, at most)
BOUNDS = [
    (('1',), 133),
    (('2',), 133),
    (('3',), 133),
    (('1', 'wrapper'), 207),
    (('3', 'wrapper'), 248),
]


def count(steps, arguments, variables):
    environment = {k: v for k, v in os.environ.items() if k not in ('LD_PRELOAD', 'SNAG_OPTIONS')}
    done = subprocess.run(['valgrind', '--tool=callgrind', '--callgrind-out-file=/dev/null',
                           '--toggle-collect=measured', steps, *arguments], capture_output=True, text=True,
                          check=False, env={**environment, **variables})
    found = re.search(r'Collected\s*:\s*(\d+)', done.stderr)
    if done.returncode or not found:
        sys.exit(f'steps.py: callgrind: exit status {done.returncode}\n{done.stderr}')
    return int(found.group(1)) / PAIRS / int(arguments[0])


def main():
    steps, shim = sys.argv[1:]
    failed = False
    with tempfile.TemporaryDirectory(prefix='snag-steps.') as folder:
        print('instructions in a pair   bare  light  at most')
        for arguments, bound in BOUNDS:
            bare = count(steps, arguments, {})
            light = count(steps, arguments, {'LD_PRELOAD': shim, 'SNAG_OPTIONS': f'dir={folder}/snag.out'})
            failed |= light > bound
            print(f"nesting {' '.join(arguments):15} {bare:6.0f} {light:6.0f} {bound:8}")
    return failed


if __name__ == '__main__':
    try:
        sys.exit(main())
    except FileNotFoundError as error:
        print(f'skipped: {error.filename} is not there', file=sys.stderr)
        sys.exit(77)

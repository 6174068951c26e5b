#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Counts the instructions of hot paths, bare and under the shim, and fails when there are more than there were.

    steps.py STEPS SHIM

A machine's nanoseconds come and go; what callgrind counts is the same every time.  The bounds are what was counted when
they were last written down here, and two to spare, or twenty where thousands are: whoever makes the shim dearer has to say so.
(Some have more to spare: what shares a place in a table is the addresses' choice, and how far a thread gets before it is
joined the machine's.)
"""
import os
import re
import subprocess
import sys
import tempfile

FEW, MANY = 100, 600
# (operation of steps, instructions of the program, the shim and libc: light and full, at most)
BOUNDS = [
    ('nested-1', 103, 178),
    ('nested-2', 208, 359),
    ('nested-3', 311, 537),
    ('hand-over-hand', 560, 1830),
    ('wrapper', 540, 872),
    ('many', 28500, 62200),
    ('places', 6000, 10500),
    ('rwlock-read', 141, 291),
    ('wait-post', 204, 447),
    ('try-post', 260, 503),
    ('cond-signal', 102, 168),
    ('destroy', 5000, 6255),
    ('handed', 3155, 6005),
    ('meet', 17100, 17250),
    ('free', 148, 148),
    ('init-destroy', 1155, 1155),
    ('init-free', 1480, 1480),
    ('create-join', 3250, 3300),
]


def collected(steps, operation, n, variables):
    environment = {k: v for k, v in os.environ.items() if k not in ('LD_PRELOAD', 'SNAG_OPTIONS')}
    done = subprocess.run(['valgrind', '--tool=callgrind', '--callgrind-out-file=/dev/null',
                           '--toggle-collect=measured', steps, operation, str(n)], capture_output=True, text=True,
                          check=False, env={**environment, **variables})
    found = re.search(r'Collected\s*:\s*(\d+)', done.stderr)
    if done.returncode or not found:
        sys.exit(f'steps.py: callgrind: exit status {done.returncode}\n{done.stderr}')
    return int(found.group(1))


def count(steps, operation, variables):
    """Of one operation, without what is done but once."""
    return (collected(steps, operation, MANY, variables) - collected(steps, operation, FEW, variables)) / (MANY - FEW)


def main():
    steps, shim = sys.argv[1:]
    failed = False
    with tempfile.TemporaryDirectory(prefix='snag-steps.') as folder:
        print(f"{'instructions':12} {'bare':>7} {'light':>7} {'at most':>7} {'full':>7} {'at most':>7}")
        for operation, *bounds in BOUNDS:
            counts = [count(steps, operation, {'LD_PRELOAD': shim, 'SNAG_OPTIONS': f'dir={folder}/{mode}:mode={mode}'})
                      for mode in ('light', 'full')]
            failed |= any(n > bound for n, bound in zip(counts, bounds))
            print(f'{operation:12} {count(steps, operation, {}):7.0f} '
                  + ' '.join(f'{n:7.0f} {bound:7}' for n, bound in zip(counts, bounds)))
    return failed


if __name__ == '__main__':
    try:
        sys.exit(main())
    except FileNotFoundError as error:
        print(f'skipped: {error.filename} is not there', file=sys.stderr)
        sys.exit(77)

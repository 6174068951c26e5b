#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks that compare.py finds a preload that lies, and a row that nobody calls.

    compare_can_fail.py COMPARE HOOKS_DEF PROGRAM LIAR SHIM
"""
import os
import subprocess
import sys
import tempfile


def failure_of(*command):
    """What the comparison says when it fails; None when it does not."""
    done = subprocess.run([sys.executable, *command], stdout=subprocess.PIPE, check=False, text=True)
    return done.stdout if done.returncode == 1 else None


def main():
    compare, hooks_def, program, liar, shim = sys.argv[1:]
    lied = failure_of(compare, hooks_def, program, liar)
    with tempfile.TemporaryDirectory(prefix='snag-semantics.') as folder:
        longer = os.path.join(folder, 'hooks.def')
        with open(hooks_def, encoding='utf-8') as table, open(longer, 'w', encoding='utf-8') as copy:
            copy.write(table.read() + 'HOOK(LOCK, int, nobody_calls_this, (int a), (a), MUTEX, WRITE, a, 0)\n')
        unnamed = failure_of(compare, longer, program, shim)
    problems = []
    if not lied or '+pthread_mutex_consistent: ' not in lied:
        problems.append(f'a preload that lies about pthread_mutex_consistent was not found out: {lied}')
    if not unnamed or 'no line is about nobody_calls_this' not in unnamed:
        problems.append(f'a row that nobody calls was not found out: {unnamed}')
    print('\n'.join(problems))
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main())

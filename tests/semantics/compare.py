#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks that a program cannot tell whether the shim is there, by what the functions that it wraps do.

    compare.py HOOKS_DEF PROGRAM PRELOAD

PROGRAM calls every row of the table in its ways to succeed and to fail, and says what came of it.  It is run bare and with
PRELOAD, and must say the same; a row that no line of it names is one that nobody has looked at.
"""
import difflib
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'checks'))
import hooks

TIME_LIMIT_S = 120


def said_by(program, variables):
    """The lines that the program prints, and its exit status."""
    environment = {k: v for k, v in os.environ.items() if k not in ('LD_PRELOAD', 'SNAG_OPTIONS')}
    done = subprocess.run([program], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=False, text=True,
                          env={**environment, **variables}, timeout=TIME_LIMIT_S)
    return done.stdout.splitlines(), done.returncode


def missing_rows(hooks_def, lines):
    """The rows of the table, and the old versions of symbols, that no line speaks of."""
    named = {line.split(':')[0] for line in lines}
    return sorted({symbol.split('@@')[0] for symbol in hooks.hook_symbols(hooks_def)} - named)


def main():
    hooks_def, program, preload = sys.argv[1:]
    with tempfile.TemporaryDirectory(prefix='snag-semantics.') as folder:
        bare, status = said_by(program, {})
        snagged, snagged_status = said_by(program, {'LD_PRELOAD': preload, 'SNAG_OPTIONS': f'dir={folder}/snag.out'})
    missing = missing_rows(hooks_def, bare)
    difference = list(difflib.unified_diff(bare, snagged, 'bare', 'with the preload', n=1, lineterm=''))
    print('\n'.join([f'no line is about {row}' for row in missing] + difference))
    print(f'{len(bare)} lines; exit status {status}, with the preload {snagged_status}')
    return 1 if missing or difference or status or snagged_status else 0


if __name__ == '__main__':
    sys.exit(main())

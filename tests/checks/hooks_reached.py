#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks that each row of hooks.def is called by some scenario: a wrapper without a story is a wrapper without a test.

    hooks_reached.py HOOKS_DEF PROGRAM ...
"""
import sys

import hooks


def main():
    hooks_def, *programs = sys.argv[1:]
    called = {name.split('@')[0] for name in hooks.dynamic_symbols(programs, 'undefined')}
    rows = hooks.hook_names(hooks_def)
    missing = [name for name in rows if name not in called]
    for name in missing:
        print(f'no scenario calls {name}')
    print(f'{len(rows) - len(missing)} of {len(rows)} rows are reached')
    return 1 if missing or not rows else 0


if __name__ == '__main__':
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks that libtrace.so exports the rows of hooks.def, the public API and its anchors, and nothing else.

    exports.py LIBTRACE HOOKS_DEF SNAG_H

Whatever else it exported would take the place of a function of the same name in somebody else's program.
"""
import os
import re
import sys

import hooks

ANCHORS = {'snag_trace', 'snag_switches'} | {'snag_on_' + what for what in ('breakpoint', 'deadlock', 'dependency', 'lock')}


def api_names(path):
    """The functions that the public header declares (it may not be there yet)."""
    if not os.path.exists(path):
        return set()
    with open(path, encoding='utf-8') as header:
        return set(re.findall(r'^[^#/\n]*?\b(snag_\w+)\s*\([^;]*\)[^;{]*;', header.read(), re.M))


def main():
    libtrace, hooks_def, snag_h = sys.argv[1:]
    expected = hooks.hook_symbols(hooks_def) | api_names(snag_h) | ANCHORS
    got = hooks.dynamic_symbols([libtrace], 'defined')
    for name in sorted(expected - got):
        print(f'{name} is not exported')
    for name in sorted(got - expected):
        print(f'{name} is exported and should not be')
    print(f'{len(got & expected)} exports are right')
    return got != expected


if __name__ == '__main__':
    sys.exit(main())

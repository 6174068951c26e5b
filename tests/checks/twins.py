#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks that each hazard and its clean twin differ in the one line that matters, and in their verdicts.

    twins.py HAZARD TWIN [HAZARD TWIN ...]

Of the code, at most two lines may go and two come (a line that moves goes and comes); a hazard expects an error or a
warning, its twin neither.
"""
import difflib
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
from run_scenario import read_header  # noqa: E402  (the path comes first)

MAX_LINES = 2


def code_of(path):
    """The lines of a source, without comments and empty lines."""
    with open(path, encoding='utf-8') as source:
        text = re.sub(r'/\*.*?\*/', '', source.read(), flags=re.S)
    return [line.strip() for line in text.splitlines() if line.strip()]


def is_hazard(path):
    return any(re.fullmatch(r'expect: \S+ \S+ (error|warning)', line) for line in read_header(path))


def problems_of(hazard, twin):
    diff = list(difflib.ndiff(code_of(hazard), code_of(twin)))
    gone = sum(line.startswith('- ') for line in diff)
    come = sum(line.startswith('+ ') for line in diff)
    if not 0 < max(gone, come) <= MAX_LINES:
        yield f'{gone} lines go and {come} come, at most {MAX_LINES} each may'
    if not is_hazard(hazard):
        yield 'the hazard expects no error or warning'
    if is_hazard(twin):
        yield 'the twin is not clean'


def main():
    pairs = list(zip(sys.argv[1::2], sys.argv[2::2]))
    problems = [f'{hazard} and {twin}: {problem}' for hazard, twin in pairs for problem in problems_of(hazard, twin)]
    print('\n'.join(problems) or f'{len(pairs)} pairs')
    return 1 if problems or not pairs else 0


if __name__ == '__main__':
    sys.exit(main())

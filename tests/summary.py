#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tells from Meson's log how the tests went: the output of those that failed, why others were skipped, then one line.

    summary.py build/meson-logs/testlog.json

Returns 0 when some test passed and none failed.
"""
import json
import sys

PASSED = ('OK', 'EXPECTEDFAIL')
SKIPPED = ('SKIP',)
MAX_OUTPUT = 10000


def output_of(test):
    text = (test.get('stdout') or '') + (test.get('stderr') or '')
    return text if len(text) <= MAX_OUTPUT else f'... {len(text) - MAX_OUTPUT} characters\n{text[-MAX_OUTPUT:]}'


def main():
    with open(sys.argv[1], encoding='utf-8') as log:
        tests = [json.loads(line) for line in log]
    passed = [test for test in tests if test['result'] in PASSED]
    skipped = [test for test in tests if test['result'] in SKIPPED]
    failed = [test for test in tests if test not in passed and test not in skipped]
    for test in skipped:
        print(f"skipped: {test['name']}: {(output_of(test).strip().splitlines() or ['?'])[-1]}")
    for test in failed:
        print(f"---- {test['result']}: {test['name']}, after {test['duration']:.1f} s ----\n{output_of(test)}")
    print(f'{len(passed)} passed, {len(failed)} failed, {len(skipped)} skipped')
    return 0 if passed and not failed else 1


if __name__ == '__main__':
    sys.exit(main())

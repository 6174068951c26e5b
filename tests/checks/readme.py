#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks that the report in README.md is the one that Snag gives.

    readme.py README SNAG FOLDER_OF_EXAMPLES

A block after a comment "<!-- report of: examples/NAME -->" is compared with what `snag run` says of that example, line by
line; only folders in front of source files may differ.
"""
import os
import re
import subprocess
import sys
import tempfile

BLOCK = re.compile(r'<!-- report of: examples/(\w+) -->\n```text\n(.*?)\n```', re.S)
WIDTH = '100'


def without_folders(report):
    return re.sub(r'[\w./-]*/(\w+\.c:)', r'\1', report).strip().splitlines()


def report_of(snag, program):
    with tempfile.TemporaryDirectory() as folder:
        environment = dict(os.environ, COLUMNS=WIDTH, NO_COLOR='1', LC_ALL='C.UTF-8')
        os.symlink(os.path.abspath(program), os.path.join(folder, os.path.basename(program)))
        run = subprocess.run([os.path.abspath(snag), 'run', '--', f'./{os.path.basename(program)}'], cwd=folder, env=environment,
                             stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, timeout=60, check=False)
        return run.stderr


def main():
    readme, snag, examples = sys.argv[1:]
    with open(readme, encoding='utf-8') as text:
        blocks = BLOCK.findall(text.read())
    if not blocks:
        sys.exit('README.md shows no report')
    for name, block in blocks:
        shown, given = without_folders(block), without_folders(report_of(snag, os.path.join(examples, name)))
        for number, (was, now) in enumerate(zip(shown + [''] * len(given), given + [''] * len(shown)), 1):
            if was != now:
                sys.exit(f'examples/{name}: line {number} of the report in README.md is\n  {was}\nand Snag says\n  {now}')
        print(f'examples/{name}: {len(given)} lines as in README.md')


if __name__ == '__main__':
    main()

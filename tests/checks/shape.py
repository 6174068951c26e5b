#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Measures the house, and fails on its hard limits: no function over 80 lines, no file over 500.

    shape.py SOURCE_ROOT

What is counted of C is what .clang-format makes of a function: from a `{` at the beginning of a line to its `}`.
"""
import ast
import glob
import os
import statistics
import sys

ROOMS = ['libtrace', 'tools', 'gdb-scripts', 'tests', 'examples', 'bench']
MAX_FUNCTION = 80
MAX_FILE = 500


def c_functions(text):
    """(line, length) of each function body, braces included."""
    begin = None
    for number, line in enumerate(text.splitlines(), 1):
        if line == '{':
            begin = number
        elif line.startswith('}') and begin:
            yield begin, number - begin + 1
            begin = None


def python_functions(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.lineno, node.end_lineno - node.lineno + 1


def measure(room):
    """The lengths of a room's files and functions, each with its place."""
    files, functions = [], []
    for path in sorted(glob.glob(f'{room}/**/*', recursive=True)):
        if not path.endswith(('.c', '.h', '.cc', '.py')):
            continue
        with open(path, encoding='utf-8') as source:
            text = source.read()
        files.append((len(text.splitlines()), path))
        found = python_functions(text) if path.endswith('.py') else c_functions(text)
        functions += [(length, f'{path}:{line}') for line, length in found]
    return files, functions


def figures(lengths):
    lengths = sorted(length for length, _ in lengths) or [0]
    return f'{statistics.median(lengths):4.0f} {lengths[len(lengths) * 95 // 100]:4} {lengths[-1]:4}'


def main():
    os.chdir(sys.argv[1])
    too_long = []
    print('room         files  median  95 %  most   functions  median  95 %  most')
    for room in ROOMS:
        files, functions = measure(room)
        print(f'{room:12} {len(files):5}    {figures(files)}       {len(functions):5}    {figures(functions)}')
        too_long += [(length, place, MAX_FILE) for length, place in files if length > MAX_FILE]
        too_long += [(length, place, MAX_FUNCTION) for length, place in functions if length > MAX_FUNCTION]
    for length, place, limit in too_long:
        print(f'{place} has {length} lines, the limit is {limit}')
    return 1 if too_long else 0


if __name__ == '__main__':
    sys.exit(main())

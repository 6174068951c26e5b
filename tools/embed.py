#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes a C string of a file: embed.py FILE OUTPUT.c NAME

A line `@@INCLUDE name@@` is replaced by that file, which lies beside the first.
"""
import os
import re
import sys


def read(path):
    with open(path, encoding='utf-8') as text:
        return text.read()


def main():
    path, output, name = sys.argv[1:]
    folder = os.path.dirname(path)
    text = re.sub(r'@@INCLUDE ([\w.]+)@@\n', lambda include: read(os.path.join(folder, include[1])), read(path))
    lines = (line.replace('\\', '\\\\').replace('"', '\\"').replace('?', '\\?') for line in text.splitlines())
    with open(output, 'w', encoding='utf-8') as out:
        out.write(f'/* Made by embed.py. */\nextern const char {name}[];\nconst char {name}[] =\n')
        out.writelines(f'\t"{line}\\n"\n' for line in lines)
        out.write('\t;\n')


if __name__ == '__main__':
    main()

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes one C string of the page: embed.py PAGE.html OUTPUT.c

A line `@@INCLUDE name@@` of the page is replaced by that file, which lies beside it.
"""
import os
import re
import sys


def read(path):
    with open(path, encoding='utf-8') as text:
        return text.read()


def main():
    page, output = sys.argv[1:]
    folder = os.path.dirname(page)
    text = re.sub(r'@@INCLUDE ([\w.]+)@@\n', lambda include: read(os.path.join(folder, include[1])), read(page))
    lines = (line.replace('\\', '\\\\').replace('"', '\\"').replace('?', '\\?') for line in text.splitlines())
    with open(output, 'w', encoding='utf-8') as out:
        out.write('/* Made by embed.py. */\nextern const char html_page[];\nconst char html_page[] =\n')
        out.writelines(f'\t"{line}\\n"\n' for line in lines)
        out.write('\t;\n')


if __name__ == '__main__':
    main()

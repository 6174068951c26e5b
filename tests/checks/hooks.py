# SPDX-License-Identifier: MIT
"""The rows of libtrace/hooks.def, and the dynamic symbols of a file, for the checks that compare the two."""
import platform
import re
import subprocess

HOOK = re.compile(r'^HOOK\(\s*\w+,[^,]+,\s*(\w+),', re.M)
HOOK_OLD = re.compile(r'^HOOK_OLD\([^,]+,\s*(\w+),.*"([^"]+)",\s*"([^"]+)"\)', re.M)


def hook_names(path):
    """The names of all wrapped functions, in the order of the table."""
    with open(path, encoding='utf-8') as table:
        text = table.read()
    names = HOOK.findall(text)
    if len(names) != len(re.findall(r'^HOOK\(', text, re.M)):
        raise ValueError(f'{path}: a row that hooks.py cannot read')
    return names


def hook_symbols(path):
    """The dynamic symbols that the table asks for: a name, or name@version where glibc has it in two versions."""
    symbols = set(hook_names(path))
    with open(path, encoding='utf-8') as table:
        old = HOOK_OLD.findall(table.read())
    if platform.machine() == 'x86_64':
        for name, version, default in old:
            symbols.discard(name)
            symbols |= {f'{name}@{version}', f'{name}@@{default}'}
    return symbols


def dynamic_symbols(paths, kind):
    """The names in the dynamic symbol tables of files, `kind` of them ('defined' or 'undefined'), with their versions."""
    lines = subprocess.run(['nm', '-D', '--format=posix', f'--{kind}-only', *paths], check=True, text=True,
                           stdout=subprocess.PIPE).stdout.splitlines()
    symbols = [line.split()[:2] for line in lines if len(line.split()) > 1]
    return {name for name, letter in symbols if letter != 'A'}

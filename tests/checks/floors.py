#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Checks who includes whom: the arrows of the house go down only.

    floors.py SOURCE_ROOT

In libtrace/ a file includes its own floor or a lower one.  tools/ and gdb-scripts/ see only floor 0 of libtrace/, which is
the contract; and a room of tools/ sees only the rooms that ROOMS names for it.
"""
import glob
import os
import re
import sys

# A new file of libtrace/ finds its floor here, by its name without suffix.
FLOORS = [
    ['hooks.def', 'switches', 'trace_format', 'trace_rows', 'wait_graph', 'include/snag/snag'],
    ['blocks', 'compiler', 'lock', 'machine', 'options', 'pages', 'peek', 'plain', 'real', 'semaphores', 'stops', 'table', 'thread', 'words'],
    ['arena', 'writer'],
    ['births', 'contention', 'context', 'deps', 'entry', 'files', 'frames', 'full', 'full_*', 'hardware', 'inside',
     'lifetime', 'live', 'log', 'mappings', 'modules', 'objects', 'ordinals', 'record', 'stack', 'steer', 'steer_*'],
    ['api', 'breakpoint', 'fork', 'hooks', 'hooks_*', 'init', 'life'],
]

ROOMS = {
    'trace': ['trace'],
    'inspect': ['inspect', 'trace'],
    'symbols': ['symbols', 'trace'],
    'judge': ['judge', 'trace'],
    'report': ['report', 'judge', 'symbols', 'trace'],
    'baseline': ['baseline', 'report', 'judge', 'symbols', 'trace'],
    'confirm': ['confirm', 'report', 'judge', 'symbols', 'trace'],
    'session': ['session', 'report', 'judge', 'symbols', 'inspect', 'trace'],
    'cmd': ['cmd', 'session', 'baseline', 'confirm', 'report', 'judge', 'symbols', 'inspect', 'trace'],
}


def floor_of(path):
    """The floor of a file of libtrace/, None when the house has no place for it."""
    name = os.path.relpath(path, 'libtrace')
    for floor, patterns in enumerate(FLOORS):
        for pattern in patterns:
            if re.fullmatch(pattern.replace('*', r'\w+') + r'(\.[ch])?', name):
                return floor
    return None


def room_of(path):
    return path.split('/')[1]


def includes_of(path):
    """The files of ours that a file includes, as paths in the source tree."""
    with open(path, encoding='utf-8') as source:
        names = re.findall(r'^\s*#\s*include\s+"([^"]+)"', source.read(), re.M)
    for name in names:
        beside = os.path.normpath(os.path.join(os.path.dirname(path), name))
        yield beside if os.path.exists(beside) else name


def is_allowed(path, included):
    if included.startswith('libtrace/'):
        own_floor = floor_of(path) if path.startswith('libtrace/') else 0
        return floor_of(included) is not None and floor_of(included) <= own_floor
    if path.startswith('libtrace/'):
        return False
    if path.startswith('tools/') and included.startswith('tools/'):
        return room_of(included) in ROOMS[room_of(path)]
    return path.startswith('gdb-scripts/') and included.startswith('gdb-scripts/')


def problems():
    files = [path for pattern in ('libtrace', 'tools', 'gdb-scripts')
             for path in glob.glob(f'{pattern}/**/*.[ch]', recursive=True)]
    for path in sorted(files):
        if path.startswith('libtrace/') and floor_of(path) is None:
            yield f'{path} has no floor in FLOORS'
            continue
        if path.startswith('tools/') and room_of(path) not in ROOMS:
            yield f'{path} has no room in ROOMS'
            continue
        for included in includes_of(path):
            if not is_allowed(path, included):
                yield f'{path} includes {included}'
    if not files:
        yield 'no file was found'


def main():
    os.chdir(sys.argv[1])
    found = list(problems())
    print('\n'.join(found) or 'all arrows go down')
    return 1 if found else 0


if __name__ == '__main__':
    sys.exit(main())

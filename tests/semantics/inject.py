#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Takes away one thing that the shim needs: the program must not notice, and the report must say what was lost.

    inject.py CASE --snag SNAG --shim SHIM --work WORK --forbid FORBID

Exit status 77: something that the case needs is missing, and is named.
"""
import argparse
import errno
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field

TIME_LIMIT_S = 100


@dataclass
class Case:
    """`args` go to the program, `before` it stands what takes the thing away; {folder} is the session's folder, {forbid}
    the launcher.  `mount` is done first, in a mount namespace of its own.  `says` are words that the report must have,
    `status` how it must end."""
    says: list
    status: int = 2
    args: list = field(default_factory=list)
    before: list = field(default_factory=list)
    mount: str = ''
    root: bool = False
    folder: str = ''


def forbidden(call, error, says, status=2):
    return Case(says, status, before=['{forbid}', call, str(error)])


NOTHING = ['no traces in it']
CASES = {
    'nothing': Case([], 0),
    'no_space': Case(['disk'], mount='mkdir {folder} && mount -t tmpfs -o size=1m none {folder}'),
    'no_space_at_all': Case(NOTHING, mount='mkdir {folder} && mount -t tmpfs -o size=64k none {folder}'),
    'read_only_disk': Case(NOTHING, mount='mkdir {folder} && mount -t tmpfs -o ro none {folder}'),
    'file_size': Case(['disk'], before=['prlimit', '--fsize=1000000']),
    'file_size_at_all': Case(NOTHING, before=['prlimit', '--fsize=100000']),
    'read_only': Case(NOTHING, folder='/proc/self'),
    'no_descriptors': Case(['out of reach'], args=['descriptors']),
    'one_descriptor': Case([], 0, before=['prlimit', '--nofile=4']),
    'few_addresses': Case([], 0, before=['prlimit', '--as=100000000']),
    'no_addresses': Case(['cannot be read'], before=['prlimit', '--as=20000000']),
    'tiny_stacks': Case([], 0, args=['tiny']),
    'create_eperm': forbidden('create', errno.EPERM, NOTHING),
    'create_enosys': forbidden('create', errno.ENOSYS, NOTHING),
    'fallocate_eperm': forbidden('fallocate', errno.EPERM, NOTHING),
    'process_vm_readv_eperm': forbidden('process_vm_readv', errno.EPERM, [], 0),
    'process_vm_readv_kill': forbidden('process_vm_readv', 'kill', [], 0),
    'mincore_eperm': forbidden('mincore', errno.EPERM, [], 0),
    'mincore_kill': forbidden('mincore', 'kill', [], 0),
    'no_libunwind': Case(['recorded only in part'], 0, mount='mount --bind /dev/null {libunwind}'),
    'deleted': Case(['cannot be read'], 2, args=['delete', '{folder}']),
    'leave': Case([], 0, args=['leave', '/proc'], root=True),
}


def libunwind():
    for folder in ('/usr/lib', '/lib'):
        for path, _, names in os.walk(folder):
            if 'libunwind.so.8' in names:
                return os.path.realpath(os.path.join(path, 'libunwind.so.8'))
    sys.exit(77)


def run(command, variables):
    """What a command prints, and how it ends."""
    environment = {k: v for k, v in os.environ.items() if k not in ('LD_PRELOAD', 'SNAG_OPTIONS')}
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False, env={**environment, **variables}, timeout=TIME_LIMIT_S, text=True)
    return done.stdout, done.returncode


def within(words, places):
    return [word.format(**places) for word in words]


def play(case, options, folder):
    """Returns what is not as it should be."""
    places = {'folder': case.folder or f'{folder}/snag.out', 'forbid': options.forbid}
    before, command = within(case.before, places), [options.work, *within(case.args, places)]
    preload = [f'LD_PRELOAD={options.shim}', f"SNAG_OPTIONS=dir={places['folder']}"]
    bare = run([*before, *command], {})
    snagged = run([*before, 'env', *preload, *command], {})
    report, status = run([options.snag, 'report', places['folder']], {})
    problems = []
    if bare != snagged:
        problems.append(f'bare it says and ends {bare}, with the shim {snagged}')
    if bare[1] != 7:
        problems.append(f'it does not do its work bare: {bare}')
    if status not in (0, 66, 2) or case.status not in (status, None):
        problems.append(f'snag report ends with {status}, expected {case.status}')
    if 'damaged' in report:
        problems.append('snag report takes what is incomplete for damaged')
    problems += [f'snag report does not say "{word}"' for word in case.says if word not in report]
    return problems + [report]


def enter_namespace(case, folder):
    """Begins this program anew in a mount namespace with what the case wants mounted."""
    places = {'folder': f'{folder}/snag.out'}
    if 'libunwind' in case.mount:
        places['libunwind'] = libunwind()
    if subprocess.run(['unshare', '-m', 'true'], check=False).returncode:
        print('skipped: unshare -m is not allowed here')
        sys.exit(77)
    script = f'{case.mount.format(**places)} && exec "$@"'
    return subprocess.run(['unshare', '-m', 'sh', '-c', script, 'sh', sys.executable, *sys.argv, '--in', folder],
                          check=False).returncode


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('case', choices=CASES)
    for name in ('snag', 'shim', 'work', 'forbid', 'in'):
        parser.add_argument('--' + name)
    options = parser.parse_args()
    case, inside = CASES[options.case], getattr(options, 'in')
    if case.root and os.geteuid():
        print('skipped: only root may do this')
        return 77
    folder = inside or tempfile.mkdtemp(prefix='snag-inject.')
    try:
        if case.mount and not inside:
            return enter_namespace(case, folder)
        *problems, report = play(case, options, folder)
        print('\n'.join([*problems, report]))
        return 1 if problems else 0
    finally:
        if not inside:
            shutil.rmtree(folder)


if __name__ == '__main__':
    sys.exit(main())

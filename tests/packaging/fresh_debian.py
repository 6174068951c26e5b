#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What a new user does, in a Debian 12 that has nothing yet: ./quickstart, the package, a program, the tutorial.

    fresh_debian.py

Needs root, for chroot.  Nothing is installed but mmdebstrap, which makes the folder that the rest happens in.
"""
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile

import source

sys.path.insert(0, str(source.SOURCE / 'tests/real'))
import packages  # noqa: E402 (found by the line above)

SKIPPED = 77

STEPS = [
    # What it is, the shell's words, the exit status, what it must say.
    ('quickstart', './quickstart', 0, 'lock-order-cycle, possible'),
    ('the tools of Debian for packages', 'apt-get install -y --no-install-recommends build-essential debhelper help2man', 0, ''),
    ('the package', 'cp -r /snag /tmp/snag && cd /tmp/snag && rm -rf build && dpkg-buildpackage -b -us -uc', 0, ''),
    ('its installation', 'apt-get install -y /tmp/snag_*.deb man-db', 0, ''),
    ('a program', 'cc -g -pthread -o /tmp/bank examples/bank.c && cd /tmp && snag run -- ./bank', 66, 'lock-order-cycle'),
    ('the report again', 'cd /tmp && snag report', 66, 'accounts[1].lock'),
    ('the manual', 'man snag-run', 0, 'SYNOPSIS'),
    ('the tutorial', 'python3 tests/pages/play.py /usr/bin/snag build examples/threads.md examples/processes.md examples/pools.md '
     'examples/event_loop.md examples/shared_variables.md examples/tables.md examples/inside.md examples/stepping.md examples/recipes.md examples/limits.md', 0, ''),
]


def say(result):
    """The end of what a command said."""
    return result.stdout.decode(errors='replace')[-4000:]


@contextlib.contextmanager
def debian():
    """A folder with a small Debian in it, where programs can be run."""
    root = tempfile.mkdtemp(prefix='snag-debian.')
    mounted = []
    try:
        result = subprocess.run(['mmdebstrap', '--variant=apt', 'bookworm', root], stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        if result.returncode:
            raise SystemExit(f'mmdebstrap failed:\n{say(result)}')
        shutil.copy('/etc/resolv.conf', f'{root}/etc/resolv.conf')
        for options, place in (['-t', 'proc', 'proc'], 'proc'), (['--bind', '/dev'], 'dev'):
            subprocess.run(['mount', *options, f'{root}/{place}'], check=True)
            mounted.append(f'{root}/{place}')
        yield root
    finally:
        for place in mounted:
            subprocess.run(['umount', '--lazy', place], check=True)
        shutil.rmtree(root)


def main():
    if os.geteuid() != 0:
        print('skipped: only root may chroot')
        return SKIPPED
    try:
        packages.ensure({'mmdebstrap': 'mmdebstrap'})
    except packages.NotInstallable as error:
        print(f'skipped: {error}')
        return SKIPPED
    environment = {'PATH': '/usr/sbin:/usr/bin:/sbin:/bin', 'HOME': '/root', 'LC_ALL': 'C.UTF-8',
                   'DEBIAN_FRONTEND': 'noninteractive'}
    with debian() as root:
        source.copy_to(f'{root}/snag')
        for name, command, status, text in STEPS:
            result = subprocess.run(['chroot', root, 'sh', '-c', f'cd /snag && {command}'], stdin=subprocess.DEVNULL,
                                    stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=environment, check=False)
            if result.returncode != status or text not in result.stdout.decode(errors='replace'):
                print(f'{name}: status {result.returncode}, expected {status} and "{text}":\n{say(result)}')
                return 1
            print(f'{name}: as expected')
    return 0


if __name__ == '__main__':
    sys.exit(main())

# SPDX-License-Identifier: MIT
"""Tools of programmers and administrators: many short processes, few threads."""
import pathlib
import re

import inputs
import repository
from packages import find
from story import Story
from .languages import PROGRAMS

GIT = {'git': 'git'}


# ---- git ------------------------------------------------------------------------------------------------------------

def index_pack(stage):
    """Takes a pack in, which resolves its deltas by threads."""
    stage.help('git', 'init', '-q', '--bare', stage.folder / 'copy')
    with open(stage.inputs / 'pack', 'rb') as pack:
        name = stage.run('git', '-C', stage.folder / 'copy', 'index-pack', '--threads=2', '--stdin', stdin=pack)
    (index,) = (stage.folder / 'copy/objects/pack').glob('*.idx')
    return name.expect(0), inputs.digest_of_file(index)


def clone(stage):
    """One process packs, by threads, another takes in; then the copy is searched by threads and checked."""
    copy = stage.folder / 'copy'
    stage.run('git', 'clone', '-q', '--no-local', stage.inputs / 'repository', copy).expect(0)
    found = stage.run('git', '-C', copy, 'grep', '-c', '--threads=2', 'import').expect(0)
    objects = stage.help('git', '-C', copy, 'rev-list', '--objects', '--all')
    stage.run('git', '-C', copy, 'repack', '-adfq', '--threads=2').expect(0)
    stage.run('git', '-C', copy, 'fsck', '--strict', '--no-progress').expect(0)
    return inputs.digest(found), inputs.digest(objects)


# ---- builds ---------------------------------------------------------------------------------------------------------

CMAKE = '''cmake_minimum_required(VERSION 3.13)
project(parts C)
file(GLOB parts CONFIGURE_DEPENDS "part*.c")
add_executable(whole main.c ${parts})
'''


def prepare_project(stage):
    n_parts = 12
    folder = stage.inputs / 'project'
    folder.mkdir()
    (folder / 'CMakeLists.txt').write_text(CMAKE)
    for i in range(n_parts):
        (folder / f'part{i}.c').write_text(f'#include <stdio.h>\nint part{i}(void) {{ return {i}; }}\n')
    (folder / 'main.c').write_text(
        '#include <stdio.h>\n' + ''.join(f'int part{i}(void);\n' for i in range(n_parts)) +
        'int main(void) { printf("%d\\n", ' + ' + '.join(f'part{i}()' for i in range(n_parts)) + '); return 0; }\n')


def build(stage):
    """CMake tries the compiler out, Ninja runs it: hundreds of short processes."""
    made = stage.folder / 'made'
    stage.run('cmake', '-G', 'Ninja', '-S', stage.inputs / 'project', '-B', made).expect(0)
    stage.run('ninja', '-j2', '-C', made).expect(0)
    return stage.run(made / 'whole').expect(0)


def prepare_program(stage):
    prepare_project(stage)
    stage.help('cc', '-g', '-o', stage.inputs / 'whole', *sorted((stage.inputs / 'project').glob('*.c')))


# ---- others ---------------------------------------------------------------------------------------------------------

def debugger(stage):
    """GDB reads symbols by threads of its own; what it debugs is watched as well."""
    whole = stage.inputs / 'whole'
    commands = ['run', f'file {whole}', 'break part7', 'run', 'backtrace', 'info functions ^part', 'list main']
    options = [word for command in ['set confirm off', *commands] for word in ('-ex', command)]
    said = stage.run('gdb', '-nx', '--batch', *options, '--args', find('python3'), PROGRAMS / 'threads.py').expect(0)
    return [line for line in said.decode().splitlines() if not re.search(r'^\[|process \d', line)]


def ssh_tools(stage):
    """Makes a key, and has a server check its configuration."""
    key = stage.folder / 'key'
    stage.run('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', key).expect(0)
    config = stage.folder / 'config'
    config.write_text(f'HostKey {key}\nPort 2222\nListenAddress 127.0.0.1\nUsePAM yes\n')
    pathlib.Path('/run/sshd').mkdir(exist_ok=True)
    stage.run('sshd', '-t', '-f', config).expect(0)
    said = stage.run('sshd', '-T', '-f', config).expect(0).decode()
    return sorted(line for line in said.splitlines() if 'key' not in line)


STORIES = {
    'git-index-pack': Story(index_pack, GIT, repository.prepare_pack),
    'git-clone': Story(clone, GIT, repository.prepare),
    'cmake-ninja': Story(build, {'cmake': 'cmake', 'ninja': 'ninja-build', 'cc': 'gcc'}, prepare_project),
    'gdb': Story(debugger, {'gdb': 'gdb', 'python3': 'python3', 'cc': 'gcc'}, prepare_program),
    'ssh-tools': Story(ssh_tools, {'sshd': 'openssh-server', 'ssh-keygen': 'openssh-client'}),
}

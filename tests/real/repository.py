# SPDX-License-Identifier: MIT
"""A Git repository of real files: Python's library, over a few commits."""
import pathlib
import shutil
import sysconfig

N_FILES = 400
STEPS = 4


def files():
    library = pathlib.Path(sysconfig.get_path('stdlib'))
    return library, sorted(library.rglob('*.py'))[:N_FILES]


def prepare(stage):
    """inputs/repository: each commit has more of the files, and changes those that it had."""
    repository = stage.inputs / 'repository'
    library, sources = files()
    git = ['git', '-C', repository, '-c', 'user.name=Snag', '-c', 'user.email=snag@localhost']
    stage.help('git', 'init', '-q', repository)
    for step in range(1, STEPS + 1):
        for source in sources[:len(sources) * step // STEPS]:
            target = repository / source.relative_to(library)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
            with open(target, 'a', encoding='utf-8') as text:
                text.write(f'# {step}\n')
        stage.help(*git, 'add', '-A')
        stage.help(*git, 'commit', '-q', '-m', f'step {step}')


def prepare_pack(stage):
    """inputs/pack: all of that in one pack."""
    prepare(stage)
    names = stage.help('git', '-C', stage.inputs / 'repository', 'rev-list', '--objects', '--all')
    (stage.inputs / 'names').write_bytes(names)
    with open(stage.inputs / 'names', 'rb') as stdin:
        pack = stage.help('git', '-C', stage.inputs / 'repository', 'pack-objects', '-q', '--stdout', stdin=stdin)
    (stage.inputs / 'pack').write_bytes(pack)

# SPDX-License-Identifier: MIT
"""The source tree, as somebody else gets it."""
import os
import pathlib
import shutil

SOURCE = pathlib.Path(__file__).resolve().parents[2]


def _no_part_of_it(folder, names):
    return [name for name in names if name == '.git' or os.path.exists(os.path.join(folder, name, 'meson-private'))]


def copy_to(folder):
    """Copies it there, without git's files and build folders."""
    shutil.copytree(SOURCE, folder, ignore=_no_part_of_it, symlinks=True)

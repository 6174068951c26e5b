# SPDX-License-Identifier: MIT
"""A story: what a stranger's program is put through."""
from dataclasses import dataclass, field
from typing import Callable


@dataclass
class Story:
    """`play` performs it on a stage and returns what it came to: anything that is the same in every performance.
    `prepare` makes what all performances read, in the folder `inputs` of its stage."""
    play: Callable
    needs: dict                         # program, or pattern of a file -> Debian's package
    prepare: Callable = None
    limit_s: float = 60                 # for each program
    known: list = field(default_factory=list)  # of verdict.Known

# SPDX-License-Identifier: MIT
"""Tables that fit the terminal: wide columns give way, and their cells wrap.  Plain Python, never imports gdb."""

import re
from typing import List, Optional, Sequence

GAP = "  "
NARROWEST = 6  # no column is made narrower than this


def table(head: Sequence[str], rows: Sequence[Sequence[str]], width: Optional[int]) -> str:
    """A table as text; width None or 0 means that lines may have any length.  Empty columns are left out."""
    kept = [i for i in range(len(head)) if not rows or any(row[i] for row in rows)]
    cells = [[row[i] for i in kept] for row in [head, *rows]]
    columns = list(zip(*cells))
    widths = [max(map(len, column)) for column in columns]
    if width:
        room = width - len(GAP) * (len(widths) - 1)
        # Words stay whole, or else the parts of names, unless that is not narrow enough.
        for parts in (str.split, _pieces, lambda cell: ()):
            least = [max((len(part) for cell in column for part in parts(cell)), default=0) for column in columns]
            widths = _shrunk(widths, [max(n, NARROWEST) for n in least], room)
    return "".join(_row_text(row, widths) for row in cells)


def _shrunk(widths: Sequence[int], least: Sequence[int], room: int) -> List[int]:
    """Takes what is too much from the columns that are widest, down to what they need at least."""
    widths = list(widths)
    while sum(widths) > room:
        spare = [i for i in range(len(widths)) if widths[i] > least[i]]
        if not spare:
            break
        widths[max(spare, key=lambda i: widths[i])] -= 1
    return widths


def _row_text(row: Sequence[str], widths: Sequence[int]) -> str:
    wrapped = [_wrapped(cell, width) for cell, width in zip(row, widths)]
    lines = []
    for i in range(max(map(len, wrapped))):
        parts = [(cell[i] if i < len(cell) else "").ljust(width) for cell, width in zip(wrapped, widths)]
        lines.append(GAP.join(parts).rstrip() + "\n")
    return "".join(lines)


def _pieces(text: str) -> List[str]:
    """Words, and where it can be done well the parts of words: `bank::` `account::` `lock`."""
    return re.findall(r"\S+?(?:::|[.\[(+/]|(?=\s|$))", text)


def _wrapped(cell: str, width: int) -> List[str]:
    """The lines of a cell; only words that do not fit into a line of their own are cut."""
    if len(cell) <= width:
        return [cell]
    lines = [""]
    for word in cell.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines += _cut(word, width)
    return lines[1:]


def _cut(word: str, width: int) -> List[str]:
    """A word in lines of this width."""
    lines = [""]
    for piece in _pieces(word):
        if lines[-1] and len(lines[-1]) + len(piece) > width:
            lines.append("")
        lines[-1] += piece
        while len(lines[-1]) > width:
            lines[-1:] = [lines[-1][:width], lines[-1][width:]]
    return lines

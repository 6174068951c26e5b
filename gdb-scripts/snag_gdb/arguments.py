# SPDX-License-Identifier: MIT
"""What a person types behind a command: options, and which threads they mean.  Plain Python, never imports gdb.

A thread is meant by its number (`2`, `1.2`), its name, or /a regular expression/ that its name has somewhere.
"""

import re
from typing import Dict, List, Optional, Sequence, Tuple

OPTION = re.compile(r"(?:^|\s)--(?P<name>[a-z][a-z-]*)(?=\s|=|$)=?\s*")
WORD = re.compile(r"/(?:\\.|[^/\\])*/(?!\S)|\"(?:\\.|[^\"\\])*\"|'[^']*'|\S+")


class ThreadSpec:
    """A thread, or several, as a person means them; ValueError when it cannot be understood."""

    def __init__(self, text: str):
        self.text = unquoted(text)
        self._regex: Optional[re.Pattern] = None
        self.is_number = bool(re.fullmatch(r"\d+(\.\d+)?", self.text))
        if not self.text:
            raise ValueError("a thread is meant by its number, its name, or a /regular expression/ for its name")
        if len(self.text) > 1 and self.text.startswith("/") and self.text.endswith("/"):
            try:
                self._regex = re.compile(self.text[1:-1])
            except re.error as error:
                raise ValueError(f"{self.text} is no regular expression: {error}") from None

    @property
    def is_regex(self) -> bool:
        """Whether it is meant by an expression for its name."""
        return bool(self._regex)

    def matches(self, number: str, name: str) -> bool:
        """Whether the thread with this number and name is meant."""
        if self._regex:
            return bool(self._regex.search(name))
        return (number if self.is_number else name) == self.text


def unquoted(text: str) -> str:
    """A word without the quotes around it."""
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'" else text


def words(text: str) -> List[str]:
    """The words of a line; quotes and slashes keep blanks in one."""
    return WORD.findall(text)


def split_options(text: str, known: Sequence[str], flags: Sequence[str] = ()) -> Tuple[str, Dict[str, str]]:
    """Takes `--name value` and `--flag` out of a line: what is left of it, and the options.  ValueError for others."""
    options: Dict[str, str] = {}
    found = OPTION.search(text)
    while found:
        name, end = found["name"], found.end()
        if name not in known and name not in flags:
            raise ValueError(f"--{name} is not known here")
        value = WORD.match(text, end) if name in known else None
        if name in known and not value:
            raise ValueError(f"--{name} needs a value")
        options[name] = unquoted(value[0]) if value else ""
        text = text[: found.start()] + " " + text[value.end() if value else end :].lstrip()
        found = OPTION.search(text)
    return text.strip(), options


def quoted(text: str) -> str:
    """A string in the languages of GDB's expressions."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'

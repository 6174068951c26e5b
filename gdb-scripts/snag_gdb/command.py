# SPDX-License-Identifier: MIT
"""What the `snag` commands have in common: those that tell disturb nothing, and all fail in one sentence."""

import contextlib
import json
import textwrap
from typing import Dict, Iterator, Sequence, Tuple, Union

import gdb

from . import arguments, inferior
from .describe import Describer
from .snapshot import Snapshot, Thread


class Action(gdb.Command):
    """A subcommand of `snag` that changes something; its docstring is its help."""

    NAME = ""

    def __init__(self) -> None:
        super().__init__(f"snag {self.NAME}", gdb.COMMAND_RUNNING)

    def act(self, argument: str, from_tty: bool) -> None:
        """Does it."""
        raise NotImplementedError

    def invoke(self, argument: str, from_tty: bool) -> None:
        """Called by GDB."""
        with in_one_sentence(self.NAME):
            self.act(argument.strip(), from_tty)


class Command(gdb.Command):
    """A subcommand of `snag` that takes a snapshot and answers with text; its docstring is its help."""

    NAME = ""
    TAKES_ARGUMENT = False
    IS_BRIEF = False
    HAS_JSON = False
    HAS_OPTIONS = False  # of its own, which it takes out of the argument
    CAN_SELECT = False  # a thread and a frame, with --select

    def __init__(self) -> None:
        super().__init__(f"snag {self.NAME}", gdb.COMMAND_STATUS)

    def answer(self, describer: Describer, argument: str) -> str:
        """The command's output."""
        raise NotImplementedError

    def answer_json(self, describer: Describer, argument: str) -> dict:
        """The command's output for scripts, where there is one."""
        raise NotImplementedError

    def select(self, describer: Describer) -> None:
        """Selects what the answer is about."""
        raise NotImplementedError

    def invoke(self, argument: str, from_tty: bool) -> None:
        """Called by GDB."""
        with in_one_sentence(self.NAME):
            argument, options = argument.strip(), {}
            if not self.HAS_OPTIONS:
                flags = ["json"] * self.HAS_JSON + ["select"] * self.CAN_SELECT
                argument, options = split_options(self.NAME, argument, (), flags)
            if argument and not self.TAKES_ARGUMENT:
                raise gdb.GdbError(f"snag {self.NAME} takes no argument.")
            with inferior.kept_selection():
                describer = Describer(Snapshot(), self.IS_BRIEF)
                if "json" in options:
                    gdb.write(json.dumps(self.answer_json(describer, argument)) + "\n")
                else:
                    write(self.answer(describer, argument) + _remarks(describer.snapshot))
            if "select" in options:
                self.select(describer)


@contextlib.contextmanager
def in_one_sentence(name: str) -> Iterator[None]:
    """Whatever the program's memory made of us, the user gets one sentence."""
    try:
        yield
    except (gdb.GdbError, KeyboardInterrupt):
        raise  # a sentence already
    except gdb.error as error:
        raise gdb.GdbError(str(error)) from None  # GDB's own sentence, without "Python Exception" around it
    except Exception as error:
        if gdb.parameter("python print-stack") == "full":
            raise
        raise gdb.GdbError(f"snag {name} could not finish: {error}") from None


def split_options(name: str, text: str, known: Sequence[str], flags: Sequence[str] = ()) -> Tuple[str, Dict[str, str]]:
    """arguments.split_options() for the command of this name."""
    try:
        return arguments.split_options(text.strip(), known, flags)
    except ValueError as error:
        raise gdb.GdbError(f"snag {name}: {error}; see `help snag {name}`.") from None


def write(text: str) -> None:
    """Prints what a person is to read: nothing in it that the terminal would obey, lines no wider than it is."""
    gdb.write("".join(map(_wrapped, _printable(text).splitlines(keepends=True))))


def capital(thread: Union[Thread, str]) -> str:
    """A thread at the beginning of a sentence."""
    text = str(thread)
    return text[:1].upper() + text[1:]


def screen_width() -> int:
    """Columns of the terminal; 0 for as many as you like."""
    return gdb.parameter("width") or 0


def _printable(text: str) -> str:
    """Names come from the program: the terminal gets nothing of them that it would obey, or cannot show."""
    text = text.encode(gdb.host_charset(), errors="replace").decode(gdb.host_charset())
    return "".join(c if c.isprintable() or c == "\n" else "?" for c in text)


def _wrapped(line: str) -> str:
    """A line that is too long for the terminal goes on below, further in; tables never are."""
    width = screen_width()
    if not width or len(line.rstrip("\n")) <= width:
        return line
    indent = " " * (len(line) - len(line.lstrip()) + 4)
    return textwrap.fill(line, width, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False) + "\n"


def _remarks(snapshot: Snapshot) -> str:
    """What the reader must know of the answer: where it comes from, and what it lacks."""
    remarks = [snapshot.remark] if snapshot.remark else []
    if not snapshot.recording and not snapshot.machine:
        remarks.append("Without Snag's shim, waits can be read on x86-64 and aarch64 only.")
    if snapshot.is_blind:
        remarks.append("Memory that threads wait on cannot be read; there may be more to it.")
    if snapshot.is_moving and not snapshot.recording:
        remarks.append("Running threads have no stack to look at; interrupt them to see it.")
    if snapshot.recording and snapshot.recording.is_capped:
        remarks.append("The recording is larger than Snag reads here; some of it is missing.")
    return "".join(f"({remark})\n" for remark in remarks)

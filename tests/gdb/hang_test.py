#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Brings a program to the point where its threads wait, asks Snag in GDB about it, and compares with its header.

    hang_test.py --gdb GDB --scripts FOLDER [--shim LIBRARY] --way WAY --build BUILD PROGRAM SOURCE [ARGUMENT ...]

WAY is how GDB gets at it: run, attach, libc (attach, with what debug information there is of libraries; otherwise there
is none), nonstop, remote (through gdbserver), gcore, core (the kernel's).  BUILD is what the program file knows: debug (everything), optimized
(everything that a compiler leaves), symbols, stripped.  The header of SOURCE ends in what is true:

    expect: deadlock | orphan | clean       whether there is a cycle, or a lock whose owner has ended
      thread: NAME                          a thread in it, or for orphan and clean one of the program
        holds: LOCK at PLACE                it holds this, taken there
        wants: LOCK at PLACE                it waits for this, there; PLACE is `inner < outer`
        wants: the end of NAME at PLACE
        sleeps: FUNCTION                    it sleeps in a system call, by this function
        runs: yes
      behind: NAME                          a thread that waits for one in the cycle

PLACE is the text of a comment that ends a line of SOURCE.  The program prints `LOCK ADDRESS` for each of its locks, and
is known to have come to its waits when the kernel says that each thread sleeps on the address, or in the call, that
it should.
"""

import argparse
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from run_scenario import read_header, markers_of  # noqa: E402 (its folder is known only now)

SKIPPED = 77
TIME_LIMIT_S = 120
FUTEX = {"x86_64": "202", "aarch64": "98"}.get(os.uname().machine)
NARROW = 80  # columns of the terminal in ask.py
COND_SIZE = 48  # a condition variable's futex word lies somewhere in it


@dataclass
class Expected:
    """One thread, as the header has it."""

    name: str
    holds: list = field(default_factory=list)
    wants: str = ""
    at: list = field(default_factory=list)
    sleeps: str = ""
    runs: bool = False


@dataclass
class Story:
    """What the header says; places are (file, line)."""

    verdict: str = ""
    threads: list = field(default_factory=list)
    behind: list = field(default_factory=list)


def read_story(path):
    lines = read_header(path)
    marks, story = markers_of(path), Story()
    for line in filter(None, lines[next(i for i, line in enumerate(lines) if line.startswith("expect:")) :]):
        key, value = (part.strip() for part in line.split(":", 1))
        what, _, where = value.partition(" at ")
        places = [marks[mark][0] for mark in where.split(" < ")] if where else []
        if key == "expect":
            story.verdict = value
        elif key == "behind":
            story.behind.append(value)
        elif key == "thread":
            story.threads.append(Expected(value))
        elif key == "holds":
            story.threads[-1].holds.append((what, places))
        elif key == "wants":
            story.threads[-1].wants, story.threads[-1].at = what, places
        elif key in ("sleeps", "runs"):
            setattr(story.threads[-1], key, value)
        else:
            raise ValueError(f'"{key}:" is no word of a story')
    return story


# ---- the program, until it hangs ------------------------------------------------------------------------------------


def wait_for(what, condition):
    """Looks again and again, for a limited time."""
    end = time.monotonic() + TIME_LIMIT_S
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.01)
    raise SystemExit(f"waited {TIME_LIMIT_S} s in vain: {what}")


def read_proc(path):
    try:
        with open(f"/proc/{path}", encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


class Process:
    """The program, by its PID, with what it printed so far."""

    def __init__(self, pid, printed):
        self.pid, self.printed = pid, printed
        self.locks, self.tids = {}, {}

    def look(self):
        """Reads anew where the locks are, and the threads by name."""
        with open(self.printed, encoding="utf-8") as file:
            lines = [line.rsplit(" ", 1) for line in file.read().split("\n")[:-1]]
        self.locks = {name: int(address, 16) for name, address in lines}
        tids = os.listdir(f"/proc/{self.pid}/task")
        self.tids = {read_proc(f"{self.pid}/task/{tid}/comm").strip(): int(tid) for tid in tids}

    def call(self, name):
        """The system call that a thread sleeps in, number and arguments."""
        return read_proc(f"{self.pid}/task/{self.tids.get(name)}/syscall").split() or [""]

    def is_there(self, expected):
        """Whether the kernel says that a thread waits as it should."""
        words = self.call(expected.name)
        if expected.runs:
            return words[0] == "running"
        if expected.sleeps:
            return words[0].isdigit() and words[0] != FUTEX
        if words[0] != FUTEX:
            return False
        if expected.wants.startswith("the end of "):
            return int(words[3], 16) == self.tids.get(expected.wants[len("the end of ") :])
        start = self.locks.get(expected.wants, 0)
        return start <= int(words[1], 16) < start + COND_SIZE

    def is_stuck(self, story):
        self.look()
        return all(map(self.is_there, story.threads)) and all(self.call(name)[0] == FUTEX for name in story.behind)


def inferior_of(gdb_pid, program):
    """The PID of the program that a GDB has started, 0 not yet."""
    for pid in filter(str.isdigit, os.listdir("/proc")):
        stat = read_proc(f"{pid}/stat").rpartition(")")[2].split()
        try:
            if stat and int(stat[1]) == gdb_pid and os.path.samefile(f"/proc/{pid}/exe", program):
                return int(pid)
        except OSError:
            continue
    return 0


# ---- GDB ------------------------------------------------------------------------------------------------------------


class Session:
    """One program, asked about in one way."""

    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.printed = os.path.join(folder, "printed")
        self.environment = {k: v for k, v in os.environ.items() if k not in ("LD_PRELOAD", "SNAG_OPTIONS")}
        self.environment["LC_ALL"] = "C.UTF-8"
        open(self.printed, "wb").close()

    def gdb(self, *arguments):
        """A GDB that knows nothing but the program and Snag: no start-up files, no symbols of libraries."""
        quiet = ["-iex", "set debuginfod enabled off"]
        if self.options.way != "libc":
            quiet += ["-iex", "set debug-file-directory /nonexistent"]
        return [self.options.gdb, "--batch", "-nx", *quiet, *arguments]

    def questions(self):
        here = os.path.dirname(os.path.abspath(__file__))
        return ["-x", os.path.join(self.options.scripts, "snag-gdb.py"), "-x", os.path.join(here, "ask.py")]

    def debugger(self, command):
        """A GDB that runs, its output in one pipe."""
        return subprocess.Popen(command, cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")

    def answer(self, command):
        """Runs a GDB, and takes what ask.py printed from its output."""
        debugger = self.debugger(command)
        try:
            return self.parse(debugger.communicate(timeout=TIME_LIMIT_S)[0])
        finally:
            debugger.kill()
            debugger.wait()

    @staticmethod
    def parse(output):
        print(output)
        found = re.search(r"^SNAG-NARROW\n(.*)^SNAG-WIDE\nSNAG-TEST (.*?)$", output, re.MULTILINE | re.DOTALL)
        if not found:
            raise SystemExit("GDB gave no answer")
        return dict(json.loads(found[2]), narrow=found[1])

    def start(self):
        """The program outside of GDB, stuck."""
        command = [self.options.program, *self.options.arguments]
        preload = {"LD_PRELOAD": self.options.shim} if self.options.shim else {}
        hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
        with open(self.printed, "wb") as out:
            child = subprocess.Popen(command, cwd=self.folder, env={**self.environment, **preload}, stdout=out,
                                     preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_CORE, (hard, hard)))
        return child, Process(child.pid, self.printed)

    def look(self, story):
        """The answers, and the process as it was."""
        if self.options.way == "run":
            return self.look_run(story)
        child, process = self.start()
        try:
            wait_for("the threads to wait", lambda: process.is_stuck(story))
            return getattr(self, f"look_{self.options.way}")(child), process
        finally:
            child.kill()
            child.wait()

    def look_attach(self, child):
        return self.answer(self.gdb("-p", str(child.pid), *self.questions()))

    look_libc = look_attach

    def look_nonstop(self, child):
        return self.answer(self.gdb("-iex", "set non-stop on", "-p", str(child.pid), *self.questions()))

    def look_remote(self, child):
        server = shutil.which("gdbserver")
        if not server:
            print("there is no gdbserver")
            raise SystemExit(SKIPPED)
        command = [server, "--once", "--attach", "127.0.0.1:0", str(child.pid)]
        with subprocess.Popen(command, env=self.environment, stderr=subprocess.PIPE, text=True) as remote:
            try:
                ports = (re.match(r"Listening on port (\d+)", line) for line in remote.stderr)
                port = next(filter(None, ports))[1]
                target = ["-ex", f"target remote 127.0.0.1:{port}"]
                return self.answer(self.gdb(self.options.program, *target, *self.questions()))
            finally:
                remote.kill()

    def look_gcore(self, child):
        core = os.path.join(self.folder, "gcore")
        subprocess.run(self.gdb("-p", str(child.pid), "-ex", f"gcore {core}"), env=self.environment, check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=TIME_LIMIT_S)
        child.kill()
        return self.answer(self.gdb(self.options.program, core, *self.questions()))

    def look_core(self, child):
        pattern = read_proc("sys/kernel/core_pattern").strip()
        if "/" in pattern or pattern.startswith("|") or not resource.getrlimit(resource.RLIMIT_CORE)[1]:
            print(f"the kernel leaves no core here; its core_pattern is {pattern}")
            raise SystemExit(SKIPPED)
        child.send_signal(signal.SIGABRT)
        child.wait()
        cores = [name for name in os.listdir(self.folder) if name.startswith("core")]
        if len(cores) != 1:
            raise SystemExit(f"the kernel left {len(cores)} cores")
        return self.answer(self.gdb(self.options.program, cores[0], *self.questions()))

    def look_run(self, story):
        preload = ["-ex", f"set exec-wrapper env LD_PRELOAD={self.options.shim}"] if self.options.shim else []
        run = ["-ex", " ".join(["run", *self.options.arguments, ">", self.printed])]
        command = self.gdb(*preload, *run, *self.questions(), "-ex", "kill", self.options.program)
        debugger = self.debugger(command)
        try:
            pid = wait_for("GDB to start it", lambda: inferior_of(debugger.pid, self.options.program))
            process = Process(pid, self.printed)
            wait_for("the threads to wait", lambda: process.is_stuck(story))
            os.kill(pid, signal.SIGINT)
            return self.parse(debugger.communicate(timeout=TIME_LIMIT_S)[0]), process
        finally:
            debugger.kill()
            debugger.wait()


# ---- comparing ------------------------------------------------------------------------------------------------------

THREAD = r'(?:thread (?P<number>[\d.]+)|LWP \d+)(?: "(?P<name>[^"]*)")?'
KIND = r"(?:mutex|rwlock|condition variable)"
HELD = r"(?P<held>, held by .*?|, behind .*? that wants to write|, which it holds itself)?"
WAIT = rf"waits for (?:{KIND} )?(?P<lock>.*?)(?: \(to read\))?{HELD}(?:, since (?P<since>.*?))?"
LINE = re.compile(rf"^Thread .* \(LWP (?P<tid>\d+)\) {WAIT}$")
HOLD = re.compile(rf"^    holds {KIND} (?P<lock>.*?)(?: \((?:\d levels|to read)\))?(?:, taken at (?P<place>.*))?$")


class Comparison:
    """Snag's answers against the story; complaints are collected."""

    def __init__(self, options, story, process, answer):
        self.options, self.story, self.process = options, story, process
        # What GDB itself has to say of a core is not of interest.
        self.answers = {command: re.sub(r"\n?warning: .*\n", "", text) for command, text in answer["answers"].items()}
        self.narrow, self.complaints = answer["narrow"], []
        self.check(answer["is_kept"], "the selection, the settings or the values of GDB are not what they were")

    def check(self, is_true, complaint):
        if not is_true:
            self.complaints.append(complaint)

    def all(self):
        for command, text in self.answers.items():
            is_wrong = command == "who no such lock"
            self.check(("error" in text) == is_wrong and "Traceback" not in text, f"{command} fails")
        getattr(self, self.story.verdict)()
        self.threads()
        self.locks()
        self.graph()
        self.documents()
        for line in self.narrow.splitlines():
            self.check(len(line) <= NARROW, f"wider than the terminal: {line}")
        return self.complaints

    def deadlock(self):
        text = self.answers["deadlock"]
        n = len(self.story.threads)
        title = f"{n} threads wait for each other" if n > 1 else "a thread waits for itself"
        self.check(text.startswith(f"Deadlock: {title}.\n"), f"no deadlock of {n} is named")
        parts = [part.splitlines() for part in re.split(r"\n(?=Thread )", text)[1:]]
        found = {int(LINE.match(part[0])["tid"]): part for part in parts if LINE.match(part[0])}
        self.check(len(found) == len(parts) == n, f"{len(parts)} threads in the cycle, not {n}")
        for expected in self.story.threads:
            part = found.get(self.process.tids[expected.name])
            self.check(part, f"{expected.name} is missing")
            if part:
                self.part(expected, part)
        behind, expected = re.findall(rf"^Behind it: {THREAD} waits", text, re.MULTILINE), self.story.behind
        self.check(len(behind) == len(expected), f"{len(behind)} threads behind it, not {len(expected)}")

    def part(self, expected, lines):
        """One thread of the cycle."""
        found = LINE.match(lines[0])
        self.lock(expected.wants, found["lock"])
        self.check(bool(found["since"]) == bool(self.options.shim), f"{expected.name} waits since {found['since']}")
        if self.has_frames() or self.options.shim:
            self.places(expected.at, re.findall(r"^    (?:at|in)  (.*)$", "\n".join(lines), re.MULTILINE))
        holds = list(filter(None, map(HOLD.match, lines)))
        self.check(len(holds) == len(expected.holds), f"{expected.name} holds {len(holds)} locks")
        for (name, places), hold in zip(expected.holds, holds):
            self.lock(name, hold["lock"])
            if self.options.shim:
                self.places(places, [hold["place"] or "nowhere"])

    def has_frames(self):
        """GDB cannot see the stack of a thread that runs, as most do in non-stop mode."""
        return self.options.way != "nonstop"

    def lock(self, name, got):
        """Whether `got` is what this build can know of a lock's name."""
        if name.startswith("the end of "):
            tid = self.process.tids[name[len("the end of ") :]]
            thread = re.match(f"the end of {THREAD}$", got)
            self.check(thread and (thread["name"] or tid), f"{got} instead of {name}")
            return
        address = f"{self.process.locks[name]:#x}"
        build = self.options.build if self.has_frames() or "::" not in name else "symbols"  # local names need a frame
        variable = re.split(r"[.\[]", name)[0].split("::")[-1]
        as_debug = [rf"{re.escape(name)}( of thread .*)?", rf"(struct )?{re.escape(name)} at {address}"]
        as_symbol = [rf"(\w+::)*{variable}(\.\d+)?(\+0x[0-9a-f]+)?", rf"{address}( on the stack of .*)?"]
        as_address = [rf"{address}( .*)?"]
        as_optimized = [*as_debug, address]  # a pointer to it may be gone
        forms = {"debug": as_debug, "optimized": as_optimized, "symbols": as_symbol, "stripped": as_address}[build]
        self.check(any(re.fullmatch(form, got) for form in forms), f"lock {got} instead of {name} at {address}")

    def places(self, expected, got):
        """The innermost places of a stack; without debug information it is enough that there are any."""
        self.check(len(got) >= len(expected), f"{got} instead of {expected}")
        for (file, line), place in zip(expected, got):
            if self.options.build in ("debug", "optimized"):
                self.check(place.endswith(f"({file}:{line})"), f"{place} instead of {file}:{line}")
            else:
                self.check(re.search(r"\+0x[0-9a-f]+\)?$", place), f"{place} is no place")

    def orphan(self):
        text = self.answers["deadlock"]
        self.check("\nNo deadlock: " in text, "it does not say that there is no deadlock")
        found = re.search(rf"^Nobody can end this: {THREAD} {WAIT}$", text, re.MULTILINE)
        self.check(found and "which has ended" in found["held"], "it does not say that the owner has ended")
        if found:
            self.lock(self.story.threads[0].wants, found["lock"])

    def clean(self):
        text = self.answers["deadlock"]
        self.check(text.startswith("No deadlock: "), "it does not say that there is no deadlock")

    def threads(self):
        """The table of threads, whatever the story."""
        rows = table(self.answers["threads"])
        found = {int(row["LWP"]): row for row in rows}
        for expected in self.story.threads:
            row = found.get(self.process.tids[expected.name], {})
            self.state(expected, row.get("State", "is missing"))
            for name, _ in expected.holds:
                self.check(row.get("Holds"), f"{expected.name} holds nothing")
        if self.options.way not in ("gcore", "core") or self.options.shim:
            names = {expected.name for expected in self.story.threads}
            self.check({row.get("Name") for row in rows} >= names, "names are missing")

    def locks(self):
        """The table of locks, and that their names are completed."""
        names = [row["Name"].split(", ")[0] for row in table(self.answers["locks"])]
        fitting = sorted(f"snag locks {name}" for name in names if name.startswith(names[0][:3]))
        for command in ("locks", "who"):
            completed = self.answers[f"complete {command}"].replace(f"snag {command}", "snag locks").splitlines()
            self.check(completed == fitting, f"{completed} are completed, of {fitting}")
        row = table(self.answers["locks"])[0]
        for column, verb in (("Owner", "held by"), ("Waiters", "wanted by")):
            found = re.findall(rf"^    {verb} (thread [\d.]+)", self.answers["who"], re.MULTILINE)
            named = re.findall(r"thread [\d.]+", row.get(column, ""))
            self.check(found == named, f"`who` says {verb} {found}, the table {named}")
        self.check("no such lock" in self.answers["locks no such lock"], "an empty list is not explained")

    def graph(self):
        """The chains lead into a circle where there is one; and who holds what is as in the table."""
        text = self.answers["graph"]
        is_circle = " again: a circle\n" in text
        self.check(is_circle == (self.story.verdict == "deadlock"), "the graph has another verdict")
        rows = [row for row in table(self.answers["threads"]) if row["Id"] and row["LWP"].isdigit()]
        held = sum(bool(row.get("Holds")) for row in rows if "has ended" not in row["State"])
        n = len(re.findall(r"^Thread .* holds \d+ locks?:$", self.answers["holds /^/"], re.MULTILINE))
        self.check(n == held, f"{n} threads hold something, in the table {held}")

    def documents(self):
        """What scripts get is what the tables say, and each number in it leads somewhere."""
        threads, locks = (json.loads(self.answers[f"{what} --json"].splitlines()[-1]) for what in ("threads", "locks"))
        cycles = json.loads(self.answers["deadlock --json"].splitlines()[-1])["deadlocks"]
        n = len(self.story.threads) if self.story.verdict == "deadlock" else 0
        self.check(sum(map(len, cycles)) == n, f"{cycles} are the deadlocks for scripts")
        found = {thread["tid"]: thread for thread in threads["threads"]}
        kinds = {lock["id"]: lock["kind"] for lock in threads["locks"]}
        for expected in self.story.threads:
            thread = found[self.process.tids[expected.name]]
            self.check(bool(thread["wants"]) == bool(expected.wants), f"{expected.name} wants {thread['wants']}")
            referred = [thread["wants"], *thread["holds"]] if thread["wants"] else thread["holds"]
            self.check(all(kinds.get(each["lock"]) for each in referred), "a lock is not in the list")
        names = [row["Name"].split(", ")[0] for row in table(self.answers["locks"])]
        self.check([lock["name"] for lock in locks["locks"]] == names, "other locks for scripts")
        self.check(self.answers["functions"] == "01", "$snag_thread() says something else")

    def state(self, expected, state):
        if expected.runs:
            self.check(state == "runs" or self.options.way == "core", f"{expected.name} {state}, and not: runs")
        elif expected.sleeps:
            is_there = re.match(rf"sleeps in (\w*{expected.sleeps}|system call)", state)
            self.check(is_there, f"{expected.name} {state}, not in {expected.sleeps}")
        else:
            self.check(state.startswith("waits for "), f"{expected.name} {state}, and does not wait")


def table(text):
    """The rows of a table, each a dictionary of its columns."""
    lines = [line for line in text.splitlines() if line and not line.startswith("(")]
    starts = [(found.start(), found[0].strip()) for found in re.finditer(r"\S+( \S+)*", lines[0])]
    ends = [start for start, _ in starts[1:]] + [None]
    return [{name: line[start:end].strip() for (start, name), end in zip(starts, ends)} for line in lines[1:]]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--gdb", required=True)
    parser.add_argument("--scripts", type=os.path.abspath, required=True)
    parser.add_argument("--shim", type=os.path.abspath, default=None)
    parser.add_argument("--way", required=True)
    parser.add_argument("--build", required=True, choices=("debug", "optimized", "symbols", "stripped"))
    parser.add_argument("program", type=os.path.abspath)
    parser.add_argument("source")
    parser.add_argument("arguments", nargs="*")
    options = parser.parse_args()
    ask_python = [options.gdb, "--batch", "-nx", "-ex", "python print(6 * 7)"]
    if b"42" not in subprocess.run(ask_python, stdout=subprocess.PIPE, check=False).stdout:
        print("this GDB has no Python")
        return SKIPPED
    story = read_story(options.source)
    with tempfile.TemporaryDirectory() as folder:
        answer, process = Session(options, folder).look(story)
    for text in answer["answers"].values():
        print(text)
    complaints = Comparison(options, story, process, answer).all()
    print(*complaints, sep="\n")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())

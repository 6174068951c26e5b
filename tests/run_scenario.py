#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs one scenario under `snag run` and compares what Snag found with what the scenario's header expects.

    run_scenario.py --snag build/tools/snag PROGRAM SOURCE [SOURCE ...]

The comment at the top of the first SOURCE ends in its expectation: one `key: value` a line, from the first `expect:` on.

    expect: RULE CLASS SEVERITY     a finding; `expect: clean` when there is none, not even a note
      full: RULE CLASS SEVERITY     what it is when every operation is recorded; then the program is run so, too
      says: TEXT                    its title or its reason has this text
      threads: N                    so many threads have a part in it
      thread: NAME                  a thread with a part in it, by its name or its start routine, and of this thread:
        holds: LOCK at PLACE        that it holds a lock of this name, taken there
        wants: LOCK at PLACE        what it waits for, asked for there
    full: clean                     below `expect: clean`: it is run so, too
    exit: STATUS                    of `snag run`; without this line 66 after an error, else the program's own
    prints: PATTERN                 a line of the program's output, as a shell pattern; all of them in their order
    hangs: yes                      the program does not end by itself
    run: OPTIONS                    more options for `snag run`
    args: ARGUMENTS                 for the program

A PLACE is the text of a comment that ends a line of a SOURCE, so that line numbers cannot rot; it is where the stack
enters the scenario.  `inner < outer` goes on with the callers.  `at PLACE` alone leaves the lock's name open.

What is not written must not be there either: findings, named threads and the expectation match one to one.  The program
must say and return what it does without Snag, and nothing may have been lost or cut short by a limit.
"""
import argparse
import fnmatch
import json
import os
import re
import shlex
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field, replace

TIME_LIMIT_S = 60
ERROR_STATUS = 66


class BadScenario(Exception):
    """The scenario itself makes no sense: nothing was run."""


@dataclass
class Lock:
    """Where a lock is taken or asked for: an empty name stands for any, the places are innermost first."""
    name: str
    places: list


@dataclass
class Part:
    thread: str
    holds: list = field(default_factory=list)
    wants: Lock = None


@dataclass
class Finding:
    verdict: str
    full: str = None
    says: list = field(default_factory=list)
    n_threads: int = None
    parts: list = field(default_factory=list)


@dataclass
class Scenario:
    findings: list = field(default_factory=list)
    has_full: bool = False
    exit: int = None
    prints: list = None
    hangs: bool = False
    run: list = field(default_factory=list)
    args: list = field(default_factory=list)
    files: set = field(default_factory=set)


# ---- reading a scenario ---------------------------------------------------------------------------------------------

def read_header(path):
    """The lines of the comments that a source begins with, without their stars."""
    with open(path, encoding='utf-8') as source:
        comments = re.match(r'(?:\s*/\*.*?\*/)*', source.read(), re.S).group()
    return [re.sub(r'^\s*/?\*+(?!/)|\*/\s*$', '', line).strip() for line in comments.splitlines()]


def markers_of(path):
    """Text of a comment that ends a line -> (file, line)."""
    places = {}
    with open(path, encoding='utf-8') as source:
        for number, line in enumerate(source, 1):
            found = re.search(r'\S\s*/\*\s*(.*?)\s*\*/$', line.rstrip())
            if found:
                places.setdefault(found.group(1), []).append((os.path.basename(path), number))
    return places


class Reader:
    """Turns the lines of a header into a Scenario."""

    def __init__(self, sources):
        self.scenario = Scenario(files={os.path.basename(path) for path in sources})
        self.markers = {}
        for path in sources:
            for text, places in markers_of(path).items():
                self.markers.setdefault(text, []).extend(places)

    def place(self, text):
        places = self.markers.get(text, [])
        if len(places) != 1:
            raise BadScenario(f'{len(places)} lines of the source end in /* {text} */, there must be one')
        return places[0]

    def lock(self, value):
        found = re.fullmatch(r'(?:(.+?) )?at (.+)', value)
        if not found:
            raise BadScenario(f'"{value}" is not "LOCK at PLACE"')
        return Lock(found.group(1) or '', [self.place(text) for text in found.group(2).split(' < ')])

    def finding(self):
        if not self.scenario.findings:
            raise BadScenario('a finding is described before its "expect:" line')
        return self.scenario.findings[-1]

    def part(self):
        if not self.finding().parts:
            raise BadScenario('"holds:" and "wants:" belong below a "thread:" line')
        return self.finding().parts[-1]

    def expect(self, value):
        if value != 'clean':
            if len(value.split()) != 3:
                raise BadScenario(f'"{value}" is not "RULE CLASS SEVERITY"')
            self.scenario.findings.append(Finding(value))

    def full(self, value):
        self.scenario.has_full = True
        if value != 'clean':
            self.finding().full = value
        elif self.scenario.findings:
            raise BadScenario('"full: clean" belongs below "expect: clean"')

    def line(self, key, value):
        scenario = self.scenario
        actions = {
            'expect': lambda: self.expect(value),
            'full': lambda: self.full(value),
            'says': lambda: self.finding().says.append(value),
            'threads': lambda: setattr(self.finding(), 'n_threads', int(value)),
            'thread': lambda: self.finding().parts.append(Part(value)),
            'holds': lambda: self.part().holds.append(self.lock(value)),
            'wants': lambda: setattr(self.part(), 'wants', self.lock(value)),
            'exit': lambda: setattr(scenario, 'exit', int(value)),
            'prints': lambda: setattr(scenario, 'prints', (scenario.prints or []) + [value]),
            'hangs': lambda: setattr(scenario, 'hangs', value == 'yes'),
            'run': lambda: scenario.run.extend(shlex.split(value)),
            'args': lambda: scenario.args.extend(shlex.split(value)),
        }
        if key not in actions:
            raise BadScenario(f'"{key}:" is no word of an expectation')
        actions[key]()


def read_scenario(sources):
    lines = read_header(sources[0])
    begin = next((i for i, line in enumerate(lines) if line.startswith('expect:')), None)
    if begin is None:
        raise BadScenario('its header has no "expect:" line')
    reader = Reader(sources)
    for line in filter(None, lines[begin:]):
        key, _, value = line.partition(':')
        reader.line(key, value.strip())
    return reader.scenario


# ---- running it -----------------------------------------------------------------------------------------------------

@dataclass
class Run:
    """How a command ended: `status` as a shell gives it, None when it had to be ended."""
    status: int
    out: str
    err: str


def run(command):
    """Runs a command in a process group of its own and leaves none of it behind."""
    environment = {k: v for k, v in os.environ.items() if k not in ('LD_PRELOAD', 'SNAG_OPTIONS')}
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               start_new_session=True, env=environment, text=True, errors='replace')
    try:
        out, err = process.communicate(timeout=TIME_LIMIT_S)
        status = process.returncode if process.returncode >= 0 else 128 - process.returncode
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        out, err = process.communicate()
        status = None
    return Run(status, out, err)


# ---- comparing ------------------------------------------------------------------------------------------------------

class Report:
    """What Snag said, as the JSON has it, with the places and locks of it in the scenario's terms."""

    def __init__(self, json_text, files):
        self.json = json.loads(json_text)
        self.files = files
        self.names = {lock['id']: lock.get('name') for lock in self.json['locks']}

    def places(self, frames):
        """The part of a stack that lies in the scenario, from where it leaves it."""
        places = [(os.path.basename(frame.get('file') or ''), frame.get('line')) for frame in frames or []]
        return [place for place in places if place[0] in self.files]

    def is_lock(self, expected, got):
        if not got or expected.name not in ('', self.names.get(got['lock'])):
            return False
        return self.places(got['at'])[:len(expected.places)] == expected.places

    def is_part(self, expected, thread):
        names = [thread.get('name'), thread.get('start')] + (['main'] if thread['id'] == 1 else [])
        return (expected.thread in names and
                (not expected.wants or self.is_lock(expected.wants, thread.get('wants'))) and
                match_all(expected.holds, thread['holds'], self.is_lock) is not None)

    def is_finding(self, expected, finding):
        threads = finding['threads']
        words = f"{finding['title']} {finding['why']}"
        return (expected.verdict == verdict_of(finding) and
                all(text in words for text in expected.says) and
                expected.n_threads in (None, len(threads)) and
                (not expected.parts or len(expected.parts) == len(threads) and
                 match_all(expected.parts, threads, self.is_part) is not None))

    def describe_lock(self, word, lock):
        where = ' < '.join(f'{name}:{line}' for name, line in self.places(lock['at'])) or 'nowhere in the scenario'
        return f"{word} {self.names.get(lock['lock'])} at {where}"

    def describe(self, finding):
        lines = [f"{verdict_of(finding)}: {finding['title']}", f"  why: {finding['why']}"]
        for thread in finding['threads'][:10]:
            locks = [self.describe_lock('holds', hold) for hold in thread['holds'][:10]]
            if thread.get('wants'):
                locks.append(self.describe_lock('wants', thread['wants']))
            lines.append(f"  thread {thread['id']} {thread.get('name')} ({thread.get('start')}): {', '.join(locks)}")
        return '\n'.join(lines)


def verdict_of(finding):
    return f"{finding['rule']} {finding['class']} {finding['severity']}"


def match_all(expected, got, is_match):
    """Gives each of `expected` a partner of its own in `got`: their positions, or None when that cannot be done."""
    partner = {}

    def place(i, tried):
        for k, candidate in enumerate(got):
            if k not in tried and is_match(expected[i], candidate):
                tried.add(k)
                if k not in partner or place(partner[k], tried):
                    partner[k] = i
                    return True
        return False

    return list(partner) if all(place(i, set()) for i in range(len(expected))) else None


def compare_findings(scenario, report):
    findings = report.json['findings']
    problems = []
    if len(findings) != len(scenario.findings):
        problems.append(f'{len(scenario.findings)} findings expected, got {len(findings)}')
    for expected in scenario.findings:
        if not any(report.is_finding(expected, finding) for finding in findings):
            problems.append(f'expected and not found: {expected}')
    if not problems and match_all(scenario.findings, findings, report.is_finding) is None:
        problems.append('two expected findings are one')
    return problems


def compare_counts(report):
    """The summary against the findings, and what was left out."""
    severities = [finding['severity'] for finding in report.json['findings']]
    counts = {severity: severities.count(severity) for severity in ('error', 'warning', 'note')}
    problems = []
    if report.json['summary'] != counts:
        problems.append(f"summary {report.json['summary']} of findings {counts}")
    if report.json['lost']['records'] or report.json['lost']['reasons']:
        problems.append(f"records were lost: {report.json['lost']}")
    if report.json['caps']:
        problems.append(f"limits were met: {report.json['caps']}")
    return problems


def compare_output(scenario, bare, snagged):
    problems = []
    if bare and bare.out != snagged.out:
        problems.append(f'the program said, without Snag:\n{bare.out}with it:\n{snagged.out}')
    if scenario.prints is not None or not bare:
        lines, patterns = snagged.out.splitlines(), scenario.prints or []
        if len(lines) != len(patterns) or not all(map(fnmatch.fnmatchcase, lines, patterns)):
            problems.append(f'the program said {lines}, expected {patterns}')
    return problems


def compare_exit(scenario, bare, snagged, report):
    has_error = any(finding.verdict.endswith(' error') for finding in scenario.findings)
    expected = scenario.exit
    if expected is None:
        expected = ERROR_STATUS if has_error or not bare else bare.status
    problems = []
    if snagged.status != expected:
        problems.append(f'snag run returned {snagged.status}, expected {expected}')
    end = report.json['program']['exit']
    if bare and end != exit_in_json(bare.status):
        problems.append(f'without Snag the program returned {bare.status}, in the report it is {end}')
    if not bare and 'signal' not in end and 'is ended with SIGABRT' not in snagged.err:
        problems.append(f'the program was to hang, it ended with {end}')
    return problems


def exit_in_json(status):
    return {'code': status} if status < 128 else {'signal': signal.Signals(status - 128).name}


def judge(scenario, bare, snagged, json_text):
    """The list of what is not as expected."""
    if bare and bare.status is None:
        return [f'the program does not end by itself in {TIME_LIMIT_S} s, and no "hangs: yes" says so']
    if snagged.status is None:
        return [f'snag run was still there after {TIME_LIMIT_S} s']
    try:
        report = Report(json_text, scenario.files)
        problems = (compare_findings(scenario, report) + compare_counts(report) +
                    compare_output(scenario, bare, snagged) + compare_exit(scenario, bare, snagged, report))
        if problems:
            problems += ['got:'] + [report.describe(finding) for finding in report.json['findings']]
        return problems
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return [f'snag run returned {snagged.status}, and its JSON is not what the schema says: {error!r}']


def in_full(scenario):
    """The same, when every operation is recorded."""
    return replace(scenario, run=scenario.run + ['--mode', 'full'],
                   findings=[replace(finding, verdict=finding.full or finding.verdict) for finding in scenario.findings])


def run_snagged(snag, scenario, command, bare):
    """Runs it under Snag; `bare` is how it was without."""
    with tempfile.TemporaryDirectory(prefix='snag-scenario.') as folder:
        json_path = os.path.join(folder, 'report.json')
        snagged = run([snag, 'run', '-o', os.path.join(folder, 'snag.out'), '--json', json_path, '--all'] +
                      scenario.run + ['--'] + command)
        json_text = ''
        if os.path.exists(json_path):
            with open(json_path, encoding='utf-8') as report:
                json_text = report.read()
    problems = judge(scenario, bare, snagged, json_text)
    if problems:
        problems += ['standard error was:', snagged.err]
    return problems


def run_scenario(snag, program, sources):
    """Returns the list of problems; empty means that everything is as expected."""
    try:
        scenario = read_scenario(sources)
    except BadScenario as error:
        return [str(error)]
    command = [program] + scenario.args
    bare = None if scenario.hangs else run(command)
    problems = run_snagged(snag, scenario, command, bare)
    if not problems and scenario.has_full:
        problems = run_snagged(snag, in_full(scenario), command, bare)
        problems[:0] = ['recorded in full:'] if problems else []
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--snag', required=True)
    parser.add_argument('program')
    parser.add_argument('sources', nargs='+')
    options = parser.parse_args()
    problems = run_scenario(options.snag, options.program, options.sources)
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == '__main__':
    sys.exit(main())

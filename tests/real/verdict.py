# SPDX-License-Identifier: MIT
"""What a report may say of a program that is in order: no error, but for those that were looked into and are true."""
import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Known:
    """An error that is true: its rule, a pattern that its words match, and how we know."""
    rule: str
    pattern: str
    reason: str


def frame_text(frame):
    where = f"{frame.get('file')}:{frame.get('line')}" if frame.get('file') else f"{frame['module']}+{frame['offset']}"
    return f"{frame.get('function') or '??'} ({where})"


def stack_text(frames):
    return ' < '.join(map(frame_text, frames or [])) or '?'


def describe(report, finding):
    """A finding with its stacks, in a few long lines."""
    names = {lock['id']: lock.get('name') for lock in report['locks']}
    lines = [f"{finding['rule']} {finding['class']} {finding['severity']}: {finding['title']}", f"  {finding['why']}"]
    for thread in finding['threads']:
        lines.append(f"  thread {thread['id']} {thread.get('name') or thread.get('start')}")
        for hold in thread['holds']:
            lines.append(f"    holds {names.get(hold['lock'])} at {stack_text(hold['at'])}")
        if thread.get('wants'):
            lines.append(f"    wants {names.get(thread['wants']['lock'])} at {stack_text(thread['wants']['at'])}")
    return '\n'.join(lines)


def is_known(text, finding, known):
    return finding['class'] == 'possible' and any(
        entry.rule == finding['rule'] and re.search(entry.pattern, text) for entry in known)


def problems_of(ended, known):
    """What is wrong with the report on one program."""
    report, problems = ended.report, []
    for finding in report['findings']:
        text = describe(report, finding)
        if finding['severity'] == 'error' and not is_known(text, finding, known):
            problems.append(f'a false {text}')
    if report['lost']['records'] or report['lost']['reasons']:
        problems.append(f"not all was recorded: {report['lost']}")
    expected = 66 if report['summary']['error'] else ended.status
    if ended.snag_status != expected:
        problems.append(f'snag run returned {ended.snag_status}, expected {expected}')
    return problems


def summary_of(report):
    counts = ', '.join(f"{report['summary'][severity]} {severity}s" for severity in ('error', 'warning', 'note'))
    return counts + (f", limits met: {report['caps']}" if report['caps'] else '')

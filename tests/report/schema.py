# SPDX-License-Identifier: MIT
"""The JSON report's schema (DESIGN, section 6): what a report must have, and nothing else."""
import re

CLASSES = {'observed', 'confirmed', 'predicted', 'possible', 'ordered', 'guarded', 'single-thread'}
SEVERITIES = {'error', 'warning', 'note'}
MODES = {'write', 'read', 'token'}
NUMBER = (int,)
TEXT = (str,)
TEXT_OR_NULL = (str, type(None))


class SchemaError(Exception):
    """The report is not as it must be; says where."""


def check(condition, where):
    if not condition:
        raise SchemaError(where)


def check_object(value, where, **types):
    """Exactly these keys, each of one of its types."""
    check(isinstance(value, dict), f'{where}: no object')
    check(set(value) == set(types), f'{where}: keys {sorted(value)}, wanted {sorted(types)}')
    for key, kinds in types.items():
        right = isinstance(value[key], kinds) and not (isinstance(value[key], bool) and bool not in kinds)
        check(right, f'{where}.{key}: {value[key]!r}')


def check_list(value, where, check_item):
    check(isinstance(value, list), f'{where}: no list')
    for i, item in enumerate(value):
        check_item(item, f'{where}[{i}]')


def check_text(value, where):
    check(isinstance(value, str), where)


def check_frame(frame, where):
    check_object(frame, where, function=TEXT_OR_NULL, file=TEXT_OR_NULL, line=(int, type(None)), module=TEXT_OR_NULL,
                 offset=TEXT, inlined=(bool,))
    check(re.fullmatch('0x[0-9a-f]+', frame['offset']), f'{where}.offset')


def check_stack(stack, where):
    check_list(stack, where, check_frame)


def check_use(use, where, lock_ids):
    check_object(use, where, lock=NUMBER, mode=TEXT, at=(list,))
    check(use['lock'] in lock_ids, f'{where}.lock: not in locks')
    check(use['mode'] in MODES, f'{where}.mode')
    check_stack(use['at'], f'{where}.at')


def check_thread(thread, where, lock_ids, **more):
    check_object(thread, where, id=NUMBER, tid=NUMBER, name=TEXT, created_at=(list,), start=TEXT_OR_NULL,
                 wants=(dict, type(None)), holds=(list,), **more)
    check_stack(thread['created_at'], f'{where}.created_at')
    if thread['wants'] is not None:
        check_use(thread['wants'], f'{where}.wants', lock_ids)
    check_list(thread['holds'], f'{where}.holds', lambda hold, at: check_use(hold, at, lock_ids))


def check_finding(finding, where, lock_ids):
    more = {'trial': (dict,)} if 'trial' in finding else {}
    check_object(finding, where, id=TEXT, rule=TEXT, **{'class': TEXT}, severity=TEXT, title=TEXT, why=TEXT,
                 assumptions=(list,), count=NUMBER, threads=(list,), **more)
    for trial in more and [finding['trial']]:
        check_object(trial, f'{where}.trial', verdict=TEXT, runs=NUMBER, hits=NUMBER, in_vain=NUMBER,
                     schedule=TEXT_OR_NULL, why=TEXT)
    check(re.fullmatch('[0-9a-f]{12}', finding['id']), f'{where}.id')
    check(finding['class'] in CLASSES, f'{where}.class')
    check(finding['severity'] in SEVERITIES, f'{where}.severity')
    check_list(finding['assumptions'], f'{where}.assumptions', check_text)
    check_list(finding['threads'], f'{where}.threads', lambda thread, at: check_thread(thread, at, lock_ids))


def check_lock(lock, where):
    check_object(lock, where, id=NUMBER, kind=TEXT, name=TEXT, address=TEXT_OR_NULL, created_at=(list,))
    check_stack(lock['created_at'], f'{where}.created_at')


def check_suppression(suppression, where):
    check_object(suppression, where, name=TEXT, file=TEXT, line=NUMBER, used=NUMBER)


COSTS = {key: NUMBER for key in ('waits', 'total_ns', 'longest_ns', 'holds', 'held_ns', 'longest_held_ns')}


def check_place(place, where):
    check_object(place, where, mode=TEXT, at=(list,), held_since=(list,), longest_by=NUMBER, longest_for=NUMBER, **COSTS)
    check(place['mode'] in MODES, f'{where}.mode')
    check_stack(place['at'], f'{where}.at')
    check_stack(place['held_since'], f'{where}.held_since')


def check_contended(lock, where, lock_ids):
    check_object(lock, where, pid=NUMBER, lock=(int, type(None)), places=(list,), **COSTS)
    check(lock['lock'] is None or lock['lock'] in lock_ids, f'{where}.lock: not in locks')
    check_list(lock['places'], f'{where}.places', check_place)


def check_program(program, where):
    check_object(program, where, argv=(list,), pid=NUMBER, exit=(dict, type(None)))
    check_list(program['argv'], f'{where}.argv', check_text)
    if program['exit'] is not None:
        key, = program['exit'] or {'': 0}
        check_object(program['exit'], f'{where}.exit', **{key: TEXT if key == 'signal' else NUMBER})
        check(key in ('code', 'signal'), f'{where}.exit: {key}')


def check_report(report):
    """Raises SchemaError when the report is not exactly as the schema says.  Only `snag ps` knows all threads, and
    contention and suppressions are there when they were asked for."""
    more = {key: (list,) for key in ('threads', 'contention', 'suppressions') if key in report}
    check_object(report, 'report', snag=NUMBER, program=(dict,), lost=(dict,), caps=(list,), summary=(dict,),
                 findings=(list,), locks=(list,), **more)
    check(report['snag'] == 1, 'report.snag')
    check_program(report['program'], 'program')
    check_object(report['lost'], 'lost', records=NUMBER, reasons=(list,))
    check_list(report['lost']['reasons'], 'lost.reasons', check_text)
    check_list(report['caps'], 'caps', check_text)
    check_object(report['summary'], 'summary', error=NUMBER, warning=NUMBER, note=NUMBER)
    check_list(report['locks'], 'locks', check_lock)
    lock_ids = [lock['id'] for lock in report['locks']]
    check(len(set(lock_ids)) == len(lock_ids), 'locks: an id twice')
    check_list(report['findings'], 'findings', lambda finding, at: check_finding(finding, at, lock_ids))
    check_list(report.get('contention', []), 'contention', lambda lock, at: check_contended(lock, at, lock_ids))
    check_list(report.get('suppressions', []), 'suppressions', check_suppression)
    check_list(report.get('threads', []), 'threads',
               lambda thread, at: check_thread(thread, at, lock_ids, pid=NUMBER, state=TEXT, at=(list,)))
    for severity, n in report['summary'].items():
        found = sum(finding['severity'] == severity for finding in report['findings'])
        check(found == n, f'summary.{severity}')

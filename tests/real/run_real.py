#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Plays the story of a stranger's program bare and under Snag, and compares: output, exit status, Snag's report.

    run_real.py --snag build/tools/snag --shim build/libtrace/libtrace.so [--cost] [--keep FOLDER] STORY
    run_real.py --list [--suite real|real-full]

The stories are in stories_*.py.  Snag must change nothing that the program does, and must not accuse it falsely.
"""
import argparse
import os
import pathlib
import shutil
import statistics
import sys
import tempfile
import time

import packages
import stories
import verdict
from stage import Bare, Failed, Preloaded, Stage, Watched, adopt_orphans, end_children

SKIPPED = 77
COST_RUNS = 3


class Theatre:
    """Plays one story again and again, each time in a folder of its own."""

    def __init__(self, story, folder):
        self.story, self.folder = story, folder
        self.inputs = folder / 'inputs'
        self.n_played = 0

    def prepare(self):
        self.inputs.mkdir()
        if self.story.prepare:
            stage = Stage(Bare(), self.folder / 'prepare', self.inputs, self.story.limit_s)
            self.story.prepare(stage)

    def play(self, how):
        """Returns (what the story came to, its stage)."""
        self.n_played += 1
        stage = Stage(how, self.folder / f'{self.n_played}-{how.name}', self.inputs, self.story.limit_s)
        try:
            return self.story.play(stage), stage
        finally:
            end_children()


def compare(story, bare, watched):
    """bare, watched: (answers, stage).  Returns the list of what is not as it should be."""
    problems = []
    if bare[0] != watched[0]:
        problems.append(f'without Snag the story came to\n{bare[0]!r:.2000}\nwith it to\n{watched[0]!r:.2000}')
    if len(bare[1].ended) != len(watched[1].ended):
        problems.append(f'{len(bare[1].ended)} programs ended without Snag, {len(watched[1].ended)} with it')
    for plain, ended in zip(bare[1].ended, watched[1].ended):
        if plain.status != ended.status:
            problems.append(f'{ended.command} returned {plain.status} without Snag and {ended.status} with it:\n'
                            f'{ended.err[-4000:]}')
        problems += [f'{ended.command}: {text}' for text in verdict.problems_of(ended, story.known)]
    return problems


def tell(watched):
    for ended in watched[1].ended:
        print(f"{' '.join(ended.command):.100}: {verdict.summary_of(ended.report)}")
        for finding in ended.report['findings']:
            print(f"  {finding['rule']} {finding['class']} {finding['severity']}: {finding['title']}")


def cpu_of(stage):
    return sum(ended.cpu_s for ended in stage.ended)


def tell_cost(theatre, ways):
    """User and system time of the story's programs.  That of `snag run` includes the judge and the symbols."""
    medians = {}
    for how in ways:
        medians[how.name] = statistics.median(cpu_of(theatre.play(how)[1]) for _ in range(COST_RUNS))
    bare = medians['bare']
    print('CPU, median of %d: ' % COST_RUNS + ', '.join(
        f'{name} {seconds:.2f} s ({seconds / bare if bare else 0:.2f} x)' for name, seconds in medians.items()))


def run_story(story, options, folder):
    theatre = Theatre(story, folder)
    ways = [Bare(), Preloaded(options.shim), Watched(options.snag)]
    theatre.prepare()
    bare, watched = theatre.play(ways[0]), theatre.play(ways[2])
    tell(watched)
    problems = compare(story, bare, watched)
    if options.cost:
        tell_cost(theatre, ways)
    return problems


def run(story, options):
    """Returns the exit status."""
    try:
        packages.ensure(story.needs)
    except packages.NotInstallable as error:
        print(f'skipped: {error}')
        return SKIPPED
    adopt_orphans()
    folder = pathlib.Path(options.keep or tempfile.mkdtemp(prefix='snag-real.'))
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)             # servers may give up the rights of root
    begin = time.monotonic()
    try:
        problems = run_story(story, options, folder)
    except Failed as error:
        problems = [str(error)]
    finally:
        end_children()
        if not options.keep:
            shutil.rmtree(folder, ignore_errors=True)
    print(f'{time.monotonic() - begin:.1f} s')
    for problem in problems:
        print(problem)
    return 1 if problems else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--snag', type=os.path.abspath)
    parser.add_argument('--shim', type=os.path.abspath)
    parser.add_argument('--cost', action='store_true', help='play the story more often, and tell what Snag costs')
    parser.add_argument('--keep', metavar='FOLDER', help='leave what the programs wrote here')
    parser.add_argument('--list', action='store_true')
    parser.add_argument('story', nargs='?')
    options = parser.parse_args()
    if options.list:
        for name, story in stories.ALL.items():
            print(name, *sorted(set(story.needs.values())))
        return 0
    if options.story not in stories.ALL or not options.snag or not options.shim:
        parser.error(f"one of these stories is needed: {' '.join(stories.ALL)}; and where snag and the shim are")
    return run(stories.ALL[options.story], options)


if __name__ == '__main__':
    sys.exit(main())

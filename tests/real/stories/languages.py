# SPDX-License-Identifier: MIT
"""Languages with threads: a small program in each, whose output says what all its threads came to."""
import pathlib

from story import Story

PROGRAMS = pathlib.Path(__file__).resolve().parent.parent / 'programs'


def script(*interpreter, name):
    def play(stage):
        return stage.run(*interpreter, PROGRAMS / name).expect(0)
    return play


STORIES = {
    'python': Story(script('python3', name='threads.py'), {'python3': 'python3'}),
    'perl': Story(script('perl', name='threads.pl'), {'perl': 'perl'}),
    'node': Story(script('node', name='threads.js'), {'node': 'nodejs'}),
    'java': Story(script('java', '-Xmx256m', name='Threads.java'), {'javac': 'default-jdk-headless'}, limit_s=120),
}

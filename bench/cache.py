# SPDX-License-Identifier: MIT
"""What other tools said of programs, kept in a file: they are asked again when a source, or the tool, is another."""
import hashlib
import json
import os
import subprocess
import threading


def version_of(command):
    return subprocess.run([command, '--version'], capture_output=True, text=True, check=False).stdout


class Cache:
    """Answers by tool, its version, and what it is asked about.  Threads may share it.  Without a path it knows nothing."""

    def __init__(self, path, commands):
        """`commands`: of each tool, the command that tells its version."""
        self.path, self.answers = path, {}
        self.versions = {tool: version_of(command) for tool, command in commands.items()} if path else {}
        self.lock = threading.Lock()
        if path and os.path.exists(path):
            with open(path, encoding='utf-8') as file:
                self.answers = json.load(file)

    def key(self, tool, sources, arguments):
        parts = [tool, self.versions[tool], *arguments]
        for path in sources:
            with open(path, encoding='utf-8') as source:
                parts.append(source.read())
        return hashlib.sha256('\0'.join(parts).encode()).hexdigest()

    def keep(self, key, answer):
        with self.lock:
            self.answers[key] = answer
            with open(self.path + '.new', 'w', encoding='utf-8') as file:
                json.dump(self.answers, file)
            os.replace(self.path + '.new', self.path)

    def answer(self, tool, sources, arguments, ask):
        """What ask() has answered before, or does now."""
        if not self.path:
            return ask()
        key = self.key(tool, sources, arguments)
        if key not in self.answers:
            self.keep(key, ask())
        return self.answers[key]

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""snag run --watch: finds out which locks protect a variable, without GDB.

    watch_test.py SNAG COUNTERS
"""

import json
import os
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
from run_scenario import markers_of  # noqa: E402 (its folder is known only now)

SNAG, COUNTERS = map(os.path.abspath, sys.argv[1:3])
MARKS = markers_of(os.path.join(os.path.dirname(os.path.abspath(__file__)), "counters.c"))


class Watch(unittest.TestCase):
    def run_it(self, *options, program=(COUNTERS,)):
        """Exit status, report and findings of a run."""
        with tempfile.TemporaryDirectory() as folder:
            report = os.path.join(folder, "report.json")
            command = [SNAG, "run", "-o", os.path.join(folder, "session"), "--json", report, *options, "--", *program]
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False,
                                  timeout=60)
            print(done.stderr)
            if "the kernel gives no hardware watchpoint" in done.stderr:
                self.skipTest("the kernel gives no hardware watchpoints")
            findings = []
            if os.path.exists(report):
                with open(report, encoding="utf-8") as file:
                    findings = json.load(file)["findings"]
        return done, findings

    def test_nothing_protects(self):
        for variable in ("bare", "mixed"):
            done, findings = self.run_it("--watch", variable)
            self.assertEqual((done.returncode, done.stdout), (66, "6\n"))
            self.assertEqual([each["rule"] for each in findings], ["unprotected-variable"])
            self.assertEqual({each["name"] for each in findings[0]["threads"]}, {"first", "second"})
            for thread in findings[0]["threads"]:
                self.assertEqual(thread["wants"]["lock"], findings[0]["threads"][0]["wants"]["lock"])
                frame = thread["wants"]["at"][0]
                self.assertEqual((frame["function"], frame["line"]), ("use", MARKS[variable][0][1]))
        held = {thread["name"]: len(thread["holds"]) for thread in findings[0]["threads"]}
        self.assertEqual(held, {"first": 1, "second": 1})

    def test_something_protects(self):
        """A lock, a read-write lock, nobody who writes, the beginning and the end of threads."""
        for variable in ("guarded", "read_locked", "looked_at", "early"):
            done, findings = self.run_it("--watch", variable)
            self.assertEqual((done.returncode, findings), (0, []), variable)

    def test_complaints(self):
        for variable, why in (("nothing", "its symbol table has no such variable"), ("pair", "the hardware watches 1,")):
            done, findings = self.run_it("--watch", variable)
            self.assertEqual((done.returncode, done.stdout, findings), (125, "", []))
            self.assertIn(f"--watch {variable}: {why}", done.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])

#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Snag's commands that steer a program, in GDB sessions on small programs, with the shim and without.

    control_test.py GDB SCRIPTS SHIM MARKET ABBA RACE
"""

import os
import re
import subprocess
import sys
import unittest

import session
from session import places

MARKET, ABBA, RACE = map(os.path.abspath, sys.argv[4:7])
PLACES = places("market.c", "race.c")
PAUSE = "34"  # the number of the system call on x86-64
HIT = re.compile(r'^Thread [\d.]+ "(\w+)" hit (?:Temporary )?(?:B|b)reakpoint.*?round=(\d)', re.MULTILINE)


def place(mark):
    """`FILE:LINE` of the line that ends in this comment."""
    return PLACES[mark]


class Session(session.Session):
    """Runs GDB on the market, where nothing else is said."""

    PROGRAM = MARKET

    def hits(self, *commands, **options):
        """Which threads stopped at visit(), and in which rounds, until the program ended."""
        output = self.gdb(*commands, "run", *["continue"] * 9, **options)
        self.assertIn("9 visits, 6 sold", output)
        return [(name, int(number)) for name, number in HIT.findall(output)]


class Break(Session):
    def test_by_name(self):
        for shim in (True, False):
            self.assertEqual(self.hits("snag break visit --thread bob", shim=shim), [("bob", i) for i in range(3)])

    def test_by_regular_expression(self):
        found = self.hits("snag break visit --thread /^(bob|carol)$/ if round == 1")
        self.assertEqual(found, [("bob", 1), ("carol", 1)])

    def test_by_start(self):
        for shim in (True, False):
            self.assertEqual(self.hits("snag break visit --start clerk", shim=shim), [("carol", i) for i in range(3)])

    def test_by_creation(self):
        found = self.hits(f"snag break visit --created-at {place('creates bob')}")
        self.assertEqual(found, [("bob", i) for i in range(3)])
        output = self.gdb(f"snag break visit --created-at {place('creates bob')}", "run", shim=False)
        self.assertIn("known only with Snag's shim", output)

    def test_by_lock(self):
        for shim in (True, False):
            for lock in ("shop.ledger", "shop", "&shop.ledger"):
                found = self.hits(f"snag break visit --holding {lock} if round != 1", shim=shim)
                self.assertEqual(found, [("carol", 0), ("carol", 2)])

    def test_all_must_be_true(self):
        self.assertEqual(self.hits("snag break visit --start shopper --thread carol"), [])

    def test_kept_over_run(self):
        output = self.gdb("snag break visit --thread bob if round == 2", "run", "continue", "run", "snag break",
                          "delete 1", "snag break", "continue")
        self.assertEqual(HIT.findall(output), [("bob", "2")] * 2)
        self.assertRegex(output, r'\n1 +visit +thread\("bob"\) && \(round == 2\) +1\n')
        self.assertIn("There is no breakpoint for some threads only.", output)

    def test_complaints(self):
        for wrong in ("visit", "--thread bob", "visit --thread /(/", "visit --thred bob", "visit --thread"):
            output = self.gdb(f"snag break {wrong}", "info breakpoints")
            self.assertRegex(output, r"^\S[^\n]*\nNo breakpoints or watchpoints.\n$")
        output = self.gdb("snag break visit --holding nothing", "run")
        self.assertIn('"nothing" is no expression for a lock here', output)


class BreakDeadlock(Session):
    def test_stops_in_the_thread_that_closes_it(self):
        output = self.gdb("snag break-deadlock", "run", "info symbol $pc", "snag break-deadlock", program=ABBA)
        self.assertIn("Deadlock: 2 threads wait for each other.", output)
        self.assertIn("snag_on_deadlock", output)
        self.assertIn("Breakpoint 1 stops at deadlocks already.", output)

    def test_needs_the_shim(self):
        output = self.gdb("break main", "run", "snag break-deadlock", program=ABBA, shim=False)
        self.assertIn("runs without Snag's shim", output)


FREEZE_SELECTED = 'python gdb.execute(f"snag freeze {gdb.selected_thread().num}")'
# The first one that GDB has told of; in non-stop mode none is selected.
FREEZE_FIRST = ('python gdb.execute("snag freeze %d" % '
                "next(each.num for each in gdb.selected_inferior().threads() if each.is_stopped()))")
# Both runners stand before their first lap, frozen; the hare is thread 2, the tortoise thread 3.
BOTH_AT_THE_START = ["break lap if round == 0", "run", FREEZE_SELECTED, "continue", FREEZE_SELECTED, "delete"]
# The hare stands frozen with the book in its hands, and the tortoise is about to ask for it.
HARE_HAS_THE_BOOK = [*BOTH_AT_THE_START, "snag thaw hare", "break write_down", "continue", "delete", "snag freeze hare",
                     "snag thaw tortoise", "thread 3"]


class Freeze(Session):
    def test_one_overtakes_another(self):
        for shim in (True, False):
            output = self.gdb(*BOTH_AT_THE_START, "snag threads", "snag thaw tortoise", "thread 3",
                              "break write_down if round == 2", "continue", "print book.n_laps", "snag threads",
                              "snag thaw", "delete", "continue",
                              program=RACE, shim=shim)
            self.assertEqual(HIT.findall(output)[2:], [("tortoise", "2")])
            self.assertIn("= 2\n", output)
            self.assertEqual(len(re.findall(r"^[* ] 2 .* hare +frozen", output, re.MULTILINE)), 2)
            self.assertIn('Thread 2 "hare" can move again.\n', output)
            self.assertIn("6 laps\n", output)

    def test_stack_and_selection_are_kept(self):
        output = self.gdb(*BOTH_AT_THE_START, "thread 2", "frame 3", "snag freeze tortoise", "frame", "bt", "snag thaw",
                          "info threads", "snag thaw", program=RACE)
        self.assertRegex(output, r"is frozen already.\n#\d+ .* run \(argument=")
        self.assertRegex(output, r"#1 +<function called from gdb>\n#2 .*lap \(")
        self.assertRegex(output, r'3 +Thread .* "tortoise" +(0x\w+ in )?lap \(')
        self.assertIn("No thread is frozen.", output)

    def test_let_go_while_frozen(self):
        output = self.gdb(*BOTH_AT_THE_START, "detach", program=RACE)
        self.assertIn("6 laps\n", output)
        program = subprocess.Popen([ABBA], stdout=subprocess.PIPE, text=True)
        try:
            program.stdout.readline()
            self.gdb("snag freeze /^/", "info threads", "quit", program=["-p", str(program.pid)], shim=False)
            for tid in os.listdir(f"/proc/{program.pid}/task"):
                with open(f"/proc/{program.pid}/task/{tid}/syscall", encoding="ascii") as call:
                    self.assertNotIn(PAUSE, call.read().split()[:1])
        finally:
            program.kill()
            program.communicate()

    def test_in_the_commands_of_a_breakpoint(self):
        """GDB crashes where a call from such commands is not brought to its end, unless one knows how."""
        for order in (("hare", "tortoise"), ("tortoise", "hare")):
            freeze = "silent\n" + "".join(f"snag freeze {name}\n" for name in order)
            output = self.gdb("break write_down", f"python gdb.breakpoints()[0].commands = {freeze!r}", "run",
                              "snag freeze /^hare|^tor/", "info threads", "delete", "snag thaw", "continue",
                              program=RACE)
            self.assertEqual(output.count(" is frozen.\n"), 2)
            self.assertIn("6 laps\n", output)

    def test_non_stop(self):
        output = self.gdb("break lap if round == 0", "run", FREEZE_FIRST, "snag threads", "snag thaw", "snag thaw",
                          program=RACE, before=["-iex", "set non-stop on"])
        self.assertRegex(output, r'(?s)\nThread (\d) "(\w+)" is frozen.\n.*\n[* ] \1 +\d+ +\2 +frozen')
        self.assertRegex(output, r"can move again.\n(.*\n)*No thread is frozen.\n")

    def test_needs_names(self):
        output = self.gdb("break lap", "run", "snag freeze", "snag freeze fox", "snag step now", program=RACE)
        self.assertIn("snag freeze needs to know which threads", output)
        self.assertIn("There is no thread fox", output)


class Step(Session):
    def test_only_this_thread_moves(self):
        output = self.gdb(*BOTH_AT_THE_START, "snag thaw", "thread 3", "snag next", "snag step", "bt 1", "snag finish",
                          "print book.n_laps", "show scheduler-locking", "continue", program=RACE)
        self.assertRegex(output, r'#0 .*write_down \(name=\w+ "tortoise", round=0\)')
        self.assertIn("= 1\n", output)
        self.assertIn('is "replay"', output)
        self.assertIn("6 laps\n", output)

    def test_needs_a_lock_of_a_frozen_thread(self):
        for shim in (True, False):
            output = self.gdb(*HARE_HAS_THE_BOOK, "snag next", "snag thaw 2", "finish", "continue", program=RACE,
                              shim=shim)
            taken = r" \(taken at lap \(race.c:\d+\)\)" if shim else ""
            said = rf'Thread 3 "tortoise" needs mutex book.lock, which thread 2 "hare" holds{taken}, but no other'
            self.assertRegex(output, said + r" thread moves.\n`snag thaw 2`, then `finish` lets")
            self.assertRegex(output, r'lap \(name=\w+ "tortoise", round=0\)')
            self.assertIn("6 laps\n", output)

    def test_needs_a_lock_of_a_thread_that_may_not_move(self):
        output = self.gdb(*HARE_HAS_THE_BOOK, "snag thaw hare", "snag next", "finish", "continue", program=RACE)
        self.assertRegex(output, r'but no other thread moves.\n`finish` lets the others move')
        self.assertIn("6 laps\n", output)

    def test_no_thread_is_kept_inside_the_shim(self):
        """The hare takes a stack for the shim, with a lock that whoever comes to a new place needs."""
        within = ["snag thaw hare", "tbreak read_stack thread 2", "continue", "print $_thread"]
        for held_back in (["snag freeze hare"], []):
            output = self.gdb(*BOTH_AT_THE_START, *within, *held_back, "snag thaw tortoise", "thread 3", "snag next",
                              "snag thaw", "finish", "continue", program=RACE)
            self.assertIn("$1 = 2\n", output)
            self.assertIn('Thread 3 "tortoise" needs mutex book.lock, which thread 2 "hare" holds', output)
            self.assertIn("6 laps\n", output)

    def test_frozen_threads_do_not_step(self):
        output = self.gdb(*BOTH_AT_THE_START, "thread 3", "snag step", program=RACE)
        self.assertIn("Thread 3 is frozen; `snag thaw 3` lets it move.", output)


TRACED = 'silent\nprintf "%s,%d;", name, round\ncontinue'
TRACE = ["break write_down", f"python gdb.breakpoints()[0].commands = {TRACED!r}"]
FIRST = "".join(f"{{0}},{i};" for i in range(3)) + ".*" + "".join(f"{{1}},{i};" for i in range(3))


class Order(Session):
    def trace(self, *commands):
        """Who writes into the book, lap by lap, and what else was printed."""
        output = self.gdb(*TRACE, *commands, program=RACE)
        return output, "".join(re.findall(r"(?:\w+,\d;)+", output))

    def test_either_way(self):
        for first, second in (("hare", "tortoise"), ("tortoise", "hare")):
            rule = f"{first}@{place('has run')} before {second}@lap"
            output, trace = self.trace(f"snag order {rule}", "run", "snag order")
            self.assertRegex(trace, FIRST.format(first, second))
            self.assertIn(f"\n1  {rule}\n", output)
            self.assertIn("6 laps", output)

    def test_non_stop(self):
        """The other threads run, and GDB's commands do not wait for one that moves."""
        for first, second in (("hare", "tortoise"), ("tortoise", "hare")):
            output = self.talk(RACE, "python gdb.Breakpoint('write_down').commands = " + repr(f"{TRACED} &"),
                               f"snag order {first}@{place('has run')} before {second}@lap", "run", until="exited normally")
            trace = "".join(re.findall(r"(?:\w+,\d;)+", output))
            self.assertRegex(trace, FIRST.format(first, second))
            self.assertIn("6 laps", output)

    def test_the_first_one_waits_for_a_third(self):
        """carol's statement is to wait for bob, who moves while alice is held."""
        for shim in (True, False):
            output = self.gdb(f"snag order carol@{place('carol waits')} before alice@{place('leaves')}",
                              "break visit if round == 2", "run", "snag order", "delete", "continue", shim=shim)
            self.assertRegex(output, r"alice@\S+  \(fulfilled\)\n")
            self.assertIn("9 visits, 6 sold", output)

    def test_cannot_be_fulfilled(self):
        """The hare needs the book, with which the tortoise is held."""
        start = [f"break {place('sets off')}", "run", FREEZE_SELECTED, "continue", FREEZE_SELECTED, "delete",
                 "snag thaw hare"]
        rule = f"snag order tortoise@{place('opens the book')} before hare@{place('closes the book')}"
        output = self.gdb(*start, rule, f"break {place('closes the book')}", "continue", "delete", "snag order",
                          "snag thaw tortoise", "continue", program=RACE)
        self.assertIn("(thread 2 waits there)", output)
        self.assertIn('Thread 3 "tortoise" needs mutex book.lock, which thread 2 "hare" holds', output)
        self.assertIn("cannot be fulfilled", output)

    def test_saved_and_replayed(self):
        rule = f"tortoise@{place('has run')} before /h.r/@lap"
        _, trace = self.trace(f"snag order {rule}", "snag order --save rules", "snag order --delete 1", "snag order",
                              "source rules", "run", "run")
        self.assertEqual(len(re.findall(FIRST.format("tortoise", "hare"), trace)), 1)
        self.assertEqual(trace.count("tortoise"), 6)
        self.assertTrue(trace.endswith("".join(f"hare,{i};" for i in range(3))))

    def test_shows_who_is_held(self):
        output = self.gdb(f"snag order hare@{place('has run')} before tortoise@lap",
                          "break write_down if round == 2", "run", "snag order", "snag threads", "delete",
                          "snag order --delete 1", "continue", program=RACE)
        self.assertIn("before tortoise@lap  (thread 3 waits there)\n", output)
        self.assertRegex(output, r"\n  3 .* tortoise +frozen")
        self.assertIn("6 laps", output)

    def test_complaints(self):
        for wrong in ("hare@lap", "hare before tortoise@lap", "@lap before tortoise@lap", "--delete 1", "--delete x"):
            self.assertRegex(self.gdb(f"snag order {wrong}", "snag order"), r"^[^\n]*\nThere is no rule.\n$")


class HwBreak(Session):
    def session(self, *commands, **options):
        """GDB's output; skipped where the kernel refuses."""
        output = self.gdb("break main", "run", *commands, **options)
        if "No hardware breakpoint for one thread" in output:
            self.skipTest("the kernel gives no hardware breakpoints for threads")
        return output

    def test_a_place(self):
        for shim in (True, False):
            output = self.session("snag hwbreak visit --thread carol", *["continue", "bt 1"] * 3, "continue", shim=shim)
            found = re.findall(r'\n#0 +visit \(who=\w+ "(\w+)", round=(\d)\)', output)
            self.assertEqual(found, [("carol", str(i)) for i in range(3)])
            self.assertEqual(output.count("This is hardware breakpoint 1: visit, thread carol.\n"), 3)
            self.assertIn("9 visits, 6 sold", output)

    def test_a_write(self):
        output = self.session("snag hwbreak n_sold --thread /^bo/", 
                              *["continue", "snag holds", "print n_sold"] * 3, "continue")
        self.assertEqual(re.findall(r"= (\d)\n", output), ["2", "4", "6"])
        self.assertEqual(output.count('Thread 3 "bob" received signal SIGTRAP'), 3)
        self.assertIn("9 visits, 6 sold", output)

    def test_a_thread_that_lives_and_the_next_run(self):
        output = self.session("break visit if round == 1", "continue", "delete", "snag hwbreak visit --thread 2",
                              "snag hwbreak", "continue", "run", "continue", "snag hwbreak --delete 1",
                              "snag hwbreak", "continue")
        self.assertIn("thread 2: set in 1 of them\n", output)
        self.assertIn("There is no such breakpoint.", output)
        self.assertEqual(re.findall(r'who=\w+ "(\w+)", round=(\d)', output)[1:],
                         [("alice", "1"), ("alice", "0"), ("alice", "1")])

    def test_refused(self):
        """Five do not fit into four registers."""
        output = self.gdb("break main", "run", *["snag hwbreak n_sold --thread 1"] * 5,
                          "snag hwbreak visit --thread bob", "info breakpoints")
        self.assertRegex(output, r"No hardware breakpoint for one thread: there are 4 for each\..*\n"
                         r"Hardware watchpoint 2: -location n_sold\n")
        self.assertRegex(output, r'watchpoint +keep y +-location n_sold\n\tstop only if \$snag_thread\("1"\)')

    def test_complaints(self):
        for wrong in ("visit", "shop --thread bob", "nothing --thread bob", "--delete 1"):
            output = self.gdb("break main", "run", f"snag hwbreak {wrong}", "snag hwbreak")
            self.assertRegex(output, r"\n[^\n]+\nThere is no such breakpoint.\n")


class Watch(Session):
    def test_nothing_protects(self):
        output = self.gdb("snag watch n_sold", "run", "snag watch", "continue", "snag watch 1")
        report = (r"\nNo lock protects `n_sold`: several threads use it.*\n\n"
                  rf'Thread 3 "bob" \w+ it, holding no lock\n    at  shopper \({place("sells")}\)\n\n'
                  rf'Thread 2 "alice" \w+ it, holding (no lock|sem.* turn.0.)\n    at  shopper \({place("sells")}\)\n')
        self.assertEqual(len(re.findall(report, output)), 2)
        self.assertRegex(output, r"\n1 +n_sold +shared\S* .* +none\n")
        self.assertIn("9 visits, 6 sold", output)

    def test_a_lock_protects(self):
        output = self.gdb("snag watch book.n_laps", "break lap if round == 2", "run", FREEZE_SELECTED, "continue",
                          "snag watch", "snag thaw", "continue", "snag watch 1", program=RACE)
        self.assertIn("6 laps\n", output)
        self.assertRegex(output, r"\n1 +book.n_laps +shared-modified .*mutex book.lock\n")
        self.assertIn("; locks in common: mutex book.lock.\n", output)

    def test_one_lock_is_not_enough(self):
        output = self.gdb("break main", "run", "snag watch shop.n_visits", *["continue"] * 2)
        self.assertRegex(output, r"hit Hardware access .* shop.n_visits")
        self.assertIn("9 visits, 6 sold", output)

    def test_locks_must_be_known(self):
        output = self.gdb("break main", "run", "snag watch n_sold", "snag watch", "snag watch 7", shim=False)
        self.assertIn("Which locks are held is known only with Snag's shim", output)
        self.assertIn("No variable is watched", output)
        self.assertIn("There is no watched variable 7", output)
        output = self.gdb("snag watch n_sold", "run", shim=False)
        self.assertIn("`n_sold` cannot be judged: which locks are held is known only with Snag's shim.", output)


class Functions(Session):
    def test_in_conditions(self):
        condition = '$snag_holds("shop.ledger") && $snag_thread("carol") && $snag_waits("shop.ledger") == 0'
        self.assertEqual(self.hits(f"break visit if {condition}"), [("carol", i) for i in range(3)])


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1] + sys.argv[7:])

# SPDX-License-Identifier: MIT
"""Snag in GDB: who waits for whom, on live processes and cores, with the shim's recording or without.

    inferior    what GDB is asked for, guarded              read        the trace file and its live table (plain Python)
    places      pc -> function, file, line                  words       mutex words, futex arguments (plain Python)
    names       address -> what a person calls it           waits       the wait-for graph (plain Python)
    recording   finds the trace file                        table       tables (plain Python)
    snapshot    all threads, from all of these              arguments   options, and who is meant (plain Python)
    describe    a snapshot in words                         document    a snapshot for scripts
    meant       what a person means, and begins to type     functions   $snag_holds() and the like, for conditions
    frozen      threads that do not move                    eraser      which locks protect a variable (plain Python)
    perf        hardware breakpoints (plain Python)     facts       what was done, of the recording
    operations  the same of a full one (plain Python)
    command     what all commands share                     deadlock, graph, holds, locks, threads, who: they tell
                                                            breakpoints, freeze, hwbreak, order, stepping,
                                                            watch: they act
"""

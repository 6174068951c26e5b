# SPDX-License-Identifier: MIT
"""What a full recording writes, and what it takes to judge traces of all sizes."""
import re
import subprocess


def measure_recording(bench, rounds, progress):
    """Bytes of a full recording: per operation, and per second of a thread that does nothing else."""
    least = []
    for _ in range(rounds):
        progress()
        least.append(bench.numbers('full', bench.pairs, 1, 2, 16)[1])
        size = bench.trace_bytes()
    ns, pairs = min(least), 400 * 12000
    return {'bytes_per_pair': size / pairs, 'bytes_per_second': size / (pairs * ns / 1e9), 'ns_per_pair': ns}


def measure_judge(bench, progress):
    """[{trace, facts, read_s, judge_s, mb}]"""
    progress()
    done = subprocess.run([bench.built('bench/bench_judge')], stdout=subprocess.PIPE, text=True, check=False)
    rows = []
    for line in done.stdout.splitlines()[1:]:
        found = re.match(r'(.*?)\s+(\d+)\s+([\d.]+)\s+([\d.]+)\s+(\d+)\s+\d+', line)
        if found:
            title, facts, read, judged, mb = found.groups()
            rows.append({'trace': title, 'facts': int(facts), 'read_s': float(read), 'judge_s': float(judged), 'mb': int(mb)})
    return rows

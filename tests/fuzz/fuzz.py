#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Lets libFuzzer loose on the reader and the judge, beginning with traces of real programs.

    fuzz.py --seconds N --snag SNAG TARGET PROGRAM...

TARGET is built from fuzz_trace.c, which says what its input looks like; the PROGRAMs are run under SNAG for the corpus.  An
input that fails is kept beside TARGET.
"""
import argparse
import os
import pathlib
import struct
import subprocess
import sys
import tempfile

HEADER_SIZE, CHUNK_SIZE, SLOT_SIZE = 4096, 65536, 512
CHUNK_HEADER = struct.Struct('=IIQ')
RECORDS, LIVE = 1, 2
N_CHUNKS_AT = 8 + 6 * 4 + 2 * 4 + 3 * 8 + 2 * 4
WHOLE_FILE, PIECES = b'\0', b'\1'
LARGEST_INPUT = 200000
LONGEST_INPUT_S = 10


def record(snag, program, folder):
    """Runs a program, ended soon if it hangs, and returns its traces."""
    subprocess.run([snag, 'run', '-o', folder / 'out', '--timeout', '2', '--', program], cwd=folder, check=False,
                   stdin=subprocess.DEVNULL, capture_output=True)
    return sorted((folder / 'out').glob('*.snag'))


def pieces_of(trace):
    """The bytes of a trace's records and of its used slots, as fuzz_trace.c puts them together."""
    n_chunks, = struct.unpack_from('=I', trace, N_CHUNKS_AT)
    records, live = b'', b''
    for i in range(n_chunks & 0x7fffffff):
        at = HEADER_SIZE + i * CHUNK_SIZE
        kind, committed, _ = CHUNK_HEADER.unpack_from(trace, at)
        if kind == RECORDS:
            records += trace[at + CHUNK_HEADER.size:at + CHUNK_HEADER.size + committed]
        elif kind == LIVE:
            live += trace[at + SLOT_SIZE:at + 20 * SLOT_SIZE]
    live = live.rstrip(b'\0')
    return PIECES + struct.pack('=H', len(live)) + live + records


def make_corpus(snag, programs, corpus):
    for number, program in enumerate(programs):
        with tempfile.TemporaryDirectory(prefix='snag-fuzz.') as folder:
            for trace in record(snag, program, pathlib.Path(folder)):
                data = trace.read_bytes()
                (corpus / f'{number}-{trace.name}-pieces').write_bytes(pieces_of(data))
                (corpus / f'{number}-{trace.name}-whole').write_bytes(WHOLE_FILE + data[:HEADER_SIZE + CHUNK_SIZE])
    return len(list(corpus.iterdir()))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--seconds', type=int, required=True)
    parser.add_argument('--snag', required=True)
    parser.add_argument('target')
    parser.add_argument('programs', nargs='+')
    options = parser.parse_args()
    snag, target = os.path.abspath(options.snag), os.path.abspath(options.target)
    with tempfile.TemporaryDirectory(prefix='snag-fuzz.') as folder:
        corpus = pathlib.Path(folder)
        if not make_corpus(snag, map(os.path.abspath, options.programs), corpus):
            sys.exit('no program left a trace')
        run = subprocess.run([target, f'-max_total_time={options.seconds}', f'-max_len={LARGEST_INPUT}',
                              f'-timeout={LONGEST_INPUT_S}', '-rss_limit_mb=2048', '-print_final_stats=1',
                              f'-artifact_prefix={target}-', corpus],
                             stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors='replace', check=False,
                             env={**os.environ, 'ASAN_OPTIONS': 'allocator_may_return_null=1'})
    print(run.stderr[:2000], '...', run.stderr[-6000:], sep='\n')
    return run.returncode != 0


if __name__ == '__main__':
    sys.exit(main())

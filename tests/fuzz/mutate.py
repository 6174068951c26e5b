# SPDX-License-Identifier: MIT
"""Damages files as chance and malice would: where their headers and tables are, and anywhere."""
import random
import struct

HEADERS = 16384  # an ELF file's headers lie here, and a core's notes
WORDS = [0, 1, 0x7f, 0xff, 0x100, 0xfff, 0x1000, 0x7fff, 0xffff, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff, 1 << 32, 1 << 40,
         (1 << 47) - 1, (1 << 63) - 1, 1 << 63, (1 << 64) - 1]


def _place(rng, data, size):
    """Half of the time among the headers at the beginning, a quarter among the section headers at the end."""
    end = max(len(data) - size, 0)
    low, high = rng.choice([(0, HEADERS), (0, HEADERS), (end - HEADERS, end), (0, end)])
    return rng.randrange(max(low, 0), min(high, end) + 1)


def _set_word(rng, data):
    size, form = rng.choice([(1, '<B'), (2, '<H'), (4, '<I'), (8, '<Q')])
    at = _place(rng, data, size)
    at -= at % size
    word = rng.choice([rng.choice(WORDS), rng.getrandbits(64), int.from_bytes(data[at:at + size], 'little') + rng.randrange(-8, 9)])
    data[at:at + size] = struct.pack(form, word % (1 << 8 * size))


def _copy(rng, data):
    size = rng.choice([8, 56, 64, 256])
    at, source = _place(rng, data, size), _place(rng, data, size)
    data[at:at + size] = data[source:source + size]


def _cut(rng, data):
    del data[rng.choice([rng.randrange(len(data)), _place(rng, data, 1)]):]


def mutant(data, seed):
    """A damaged copy; the same one for the same seed."""
    rng = random.Random(seed)
    damaged = bytearray(data)
    for _ in range(rng.choice([1, 1, 2, 4, 16])):
        rng.choices([_set_word, _copy, _cut], [16, 3, 1])[0](rng, damaged)
        if not damaged:
            break
    return bytes(damaged)

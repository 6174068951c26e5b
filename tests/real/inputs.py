# SPDX-License-Identifier: MIT
"""Things for programs to work on, the same in every run."""
import hashlib
import random


def text(size, seed=1):
    """Bytes that look like words, and compress like a text."""
    source = random.Random(seed)
    letters = b'etaoinshrdlucmfwypvbgkjqxz'
    words = [bytes(source.choices(letters, weights=range(26, 0, -1), k=source.randint(2, 10))) for _ in range(5000)]
    made = b' '.join(source.choices(words, k=size // 6))
    return made[:size]


def digest(data):
    return hashlib.sha256(data).hexdigest()


def digest_of_file(path):
    return digest(path.read_bytes())

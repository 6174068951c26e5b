# SPDX-License-Identifier: MIT
"""Compressors with threads: what they make of a text, and the text again."""
import inputs
from stage import Failed
from story import Story

SIZE = 4 << 20


def prepare(stage):
    (stage.inputs / 'text').write_bytes(inputs.text(SIZE))


def there_and_back(*command, back):
    """Compresses to standard output by `command`, and decompresses that by `back`."""
    def play(stage):
        packed = stage.run(*command, stage.inputs / 'text').expect(0)
        (stage.folder / 'packed').write_bytes(packed)
        with open(stage.folder / 'packed', 'rb') as stdin:
            unpacked = stage.run(*back, stdin=stdin).expect(0)
        if unpacked != (stage.inputs / 'text').read_bytes():
            raise Failed(f'{back} does not give the text back')
        return inputs.digest(packed)
    return play


STORIES = {
    'pigz': Story(there_and_back('pigz', '-p', '4', '-c', back=['pigz', '-dc']), {'pigz': 'pigz'}, prepare),
    'xz': Story(there_and_back('xz', '-1', '-T2', '--block-size=524288', '-c', back=['xz', '-dc', '-T2']), {'xz': 'xz-utils'}, prepare),
    'zstd': Story(there_and_back('zstd', '-q', '-7', '-T2', '-B524288', '-c', back=['zstd', '-q', '-dc']), {'zstd': 'zstd'},
                  prepare),
}

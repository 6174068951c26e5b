# SPDX-License-Identifier: MIT
"""Video encoders: a pool of threads for frames and slices."""
import inputs
from story import Story

WIDTH, HEIGHT, FRAMES = 320, 180, 60


def prepare(stage):
    """A film of moving gradients, uncompressed."""
    with open(stage.inputs / 'film.y4m', 'wb') as film:
        film.write(b'YUV4MPEG2 W%d H%d F25:1 Ip A1:1 C420jpeg\n' % (WIDTH, HEIGHT))
        for frame in range(FRAMES):
            film.write(b'FRAME\n')
            film.write(b''.join(bytes((x * 3 + y * 5 + frame * 7) & 255 for x in range(WIDTH)) for y in range(HEIGHT)))
            film.write(bytes((x + frame) & 255 for x in range(WIDTH // 2)) * (HEIGHT // 2) * 2)


def x264(stage):
    stage.run('x264', '--quiet', '--threads', '4', '--preset', 'medium', '-o', stage.folder / 'film.264',
              stage.inputs / 'film.y4m').expect(0)
    return inputs.digest_of_file(stage.folder / 'film.264')


def ffmpeg(stage):
    """Encodes and decodes again."""
    film = stage.folder / 'film.mkv'
    quiet = ['-nostdin', '-v', 'error', '-threads', '4']
    stage.run('ffmpeg', *quiet, '-i', stage.inputs / 'film.y4m', '-f', 'lavfi', '-i', 'sine=duration=2', '-c:v',
              'libx264', '-c:a', 'aac', '-flags', '+bitexact', '-fflags', '+bitexact', film).expect(0)
    return stage.run('ffmpeg', *quiet, '-i', film, '-f', 'framemd5', '-').expect(0)


STORIES = {
    'x264': Story(x264, {'x264': 'x264'}, prepare, limit_s=120),
    'ffmpeg': Story(ffmpeg, {'ffmpeg': 'ffmpeg'}, prepare, limit_s=120),
}

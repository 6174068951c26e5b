# SPDX-License-Identifier: MIT
"""A program on a terminal of its own, as a person would see it."""
import fcntl
import os
import pty
import re
import select
import struct
import termios
import time

TIME_LIMIT_S = 60


class Terminal:
    """A program on a terminal of its own."""

    def __init__(self, command, environment, columns=120):
        self.text = ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            # So many lines that nobody asks whether to go on.
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 500, columns, 0, 0))
            os.execvpe(command[0], command, environment)

    def read_until(self, pattern):
        """What comes up to a text; fails when it does not come."""
        end = time.monotonic() + TIME_LIMIT_S
        while not re.search(pattern, self.text):
            if time.monotonic() > end or not select.select([self.fd], [], [], TIME_LIMIT_S)[0]:
                raise AssertionError(f"{pattern} does not come after: {self.text}")
            try:
                self.text += os.read(self.fd, 65536).decode(errors="replace")
            except OSError:
                raise AssertionError(f"it ended before {pattern}: {self.text}") from None
        end = re.search(pattern, self.text).end()
        found, self.text = self.text[:end], self.text[end:]
        print(found)
        return found

    def read_available(self):
        """What has come by now."""
        while select.select([self.fd], [], [], 0)[0]:
            self.text += os.read(self.fd, 65536).decode(errors="replace")
        found, self.text = self.text, ""
        return found

    def write(self, text):
        """What a person types."""
        os.write(self.fd, text.encode())

    def command(self, line):
        """What GDB answers."""
        self.write(f"{line}\n")
        return self.read_until(r"\(gdb\) $")

    def close(self):
        """Its end; the exit status."""
        with_status = os.waitpid(self.pid, 0)[1]
        os.close(self.fd)
        return os.waitstatus_to_exitcode(with_status)

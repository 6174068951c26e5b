# SPDX-License-Identifier: MIT
"""Finds the recording that the shim makes of the program in its memory.

Cores do not hold what is mapped from files; GDB reads such memory from the file itself, when that is still there.
"""

from typing import Optional, Tuple

import gdb

from . import inferior, layout, read


def find(process: gdb.Inferior) -> Tuple[Optional[read.Recording], str]:
    """The recording, or None when the program runs without the shim; and a remark for the user, or ""."""
    mapping, anchor = _mapping(), anchor_address()
    address = anchor or (mapping.start if mapping else 0)
    if not address:
        return None, ""
    try:
        recording = read.Recording(reader(address))
    except ValueError as error:
        where = f" {mapping.path}" if mapping else ""
        return None, f"The program ran under Snag, but its recording{where} cannot be read: {error}."
    if not anchor and recording.header.pid != inferior.tid_inside(process, process.pid):
        return None, ""  # a program that reads the recording of another one, as Snag does
    is_core = mapping and not inferior.is_live(process)
    return recording, f"Recording: {mapping.path}, as it is now." if is_core else ""


def address_now() -> int:
    """Where the recording lies in memory; 0 when there is none."""
    mapping = None if anchor_address() else _mapping()
    return mapping.start if mapping else anchor_address()


def find_live(process: gdb.Inferior) -> Optional[read.Recording]:
    """The same for a process alone, and quickly: for questions that are asked while it runs."""
    address = anchor_address()
    if not address:
        return find(process)[0]
    try:
        return read.Recording(reader(address))
    except ValueError:
        return None


def reader(address: int) -> read.ReadFile:
    """Reads a recording that lies at this address."""
    return lambda offset, size: inferior.read_memory(address + offset, size)


def anchor_address() -> int:
    """Where the shim has the trace file mapped; 0 when there is no shim, or no trace yet."""
    variable = inferior.address_of_symbol("snag_trace")
    data = inferior.read_memory(variable, 8) if variable else None
    return int.from_bytes(data, "little") if data else 0


def _mapping() -> Optional[inferior.Mapping]:
    """The beginning of a mapped trace file."""
    for mapping in inferior.mappings():
        if mapping.offset == 0 and mapping.path.endswith((layout.TRACE_SUFFIX, layout.TRACE_SUFFIX + " (deleted)")):
            return mapping
    return None

# SPDX-License-Identifier: MIT
"""Places in the code: function, file and line, or else module and offset."""

import itertools
import os
import re
import struct
from functools import lru_cache
from typing import Iterable, List, NamedTuple, Optional, Tuple

import gdb

from . import inferior, read

# Nobody looks for a bug of theirs here: it lies between a person's code and the system call, or above its outermost
# function.
LIBRARIES = re.compile(r"^(libc|libpthread|ld-linux[-\w]*|libtrace|libstdc\+\+|libc\+\+|libgcc_s)[-.\d]*\.so")
RUNTIME = re.compile(
    r"^((void )?std::|__gnu_cxx::|__gthread|_*(pthread|mtx|cnd|thrd|lll|futex)_|__GI_|start_thread$|_*clone3?$|_start$)"
)
ABOVE_MAIN = re.compile(r"^_*libc_start")

PROGRAM_HEADER = struct.Struct("<I12xQ16xQ8x")  # of 64-bit ELF: type, address, size in memory
PT_LOAD = 1


class Place(NamedTuple):
    """A place in the code; "" and 0 are unknown."""

    function: str
    file: str
    line: int
    module: str
    offset: int

    @property
    def is_own(self) -> bool:
        """Whether it is the person's own code, and not a library's on the way to a lock."""
        return not LIBRARIES.match(self.module) and not RUNTIME.match(self.function)

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.file else f"{self.module}+{self.offset:#x}" if self.module else ""
        if self.function:
            return f"{self.function} ({where})" if where else self.function
        return where or f"{self.offset:#x}"


class Symbol(NamedTuple):
    """A symbol, and how far into it an address is."""

    name: str
    offset: int


def of_frame(frame: gdb.Frame) -> Place:
    """Where a frame is."""
    try:
        sal = frame.find_sal()
        file, line = (os.path.basename(sal.symtab.filename), sal.line) if sal.symtab else ("", 0)
        return Place(plain_function(frame.name() or ""), file, line, *module_at(frame.pc()))
    except gdb.error:
        return Place("", "", 0, "", 0)


def of_pc(pc: int, is_return: bool = True) -> Place:
    """Where a pc is; of a return address, where the call before it is."""
    at = pc - 1 if is_return else pc
    try:
        sal = gdb.find_pc_line(at)
        file, line = (os.path.basename(sal.symtab.filename), sal.line) if sal.symtab else ("", 0)
        return Place(plain_function(_function_at(at)), file, line, *module_at(pc))
    except (gdb.error, OverflowError):
        return Place("", "", 0, "", pc)


def of_stack(stack: Optional[read.Stack], recording: read.Recording) -> List[Place]:
    """The places of a recorded stack, innermost first."""
    return [_of_recorded(pc, stack.epoch, recording) for pc in stack.pcs] if stack else []


def own(places: Iterable[Place]) -> List[Place]:
    """What a person wants to see of a stack: from their own innermost frame to their own outermost one."""
    places = list(itertools.takewhile(_is_credible, places))
    mine = [i for i, place in enumerate(places) if place.is_own]
    return places[mine[0] : mine[-1] + 1] if mine else []


def plain_function(name: str) -> str:
    """A C++ function without its parameters."""
    name = re.sub(r"( const)?( \[clone [^]]*\])*$", "", name) if name.endswith(("const", "]")) else name
    depth = 0
    for i in range(len(name) - 1, 0, -1) if name.endswith(")") else ():
        depth += (name[i] == ")") - (name[i] == "(")
        if not depth:
            return name if re.search(r"\boperator$", name[:i]) else name[:i]
    return name


def symbol_at(address: int) -> Optional[Symbol]:
    """The symbol that covers an address; None when there is none."""
    found = re.match(r"(.*?)(?: \+ (\d+))? in section ", inferior.ask(f"info symbol {address:#x}"))
    return Symbol(found[1], int(found[2] or 0)) if found else None


def module_at(address: int) -> Tuple[str, int]:
    """Base name of the file that covers an address, and the address in it; ("", address) when none does."""
    for module in loaded_modules():
        if module.start <= address < module.end:
            return os.path.basename(module.path), address - module.bias
    return "", address


def forget_modules() -> None:
    """To be called when the program may have loaded something."""
    _modules_of.cache_clear()


def loaded_modules() -> List[read.Module]:
    """The loaded files, each up to the end of its zero-filled data, which no mapping names."""
    return _modules_of(gdb.selected_inferior().pid)


@lru_cache(maxsize=1)
def _modules_of(pid: int) -> List[read.Module]:
    modules = []
    for mapping in inferior.mappings():
        if mapping.offset == 0 and mapping.path.startswith("/"):
            module = _module_of(mapping)
            if module:
                modules.append(module)
    return modules


def _module_of(mapping: inferior.Mapping) -> Optional[read.Module]:
    """Reads the program headers of a mapped 64-bit ELF file."""
    head = inferior.read_memory(mapping.start, 64)
    if not head or head[:5] != b"\x7fELF\x02" or len(head) != 64:
        return None
    offset, n = struct.unpack_from("<Q", head, 32)[0], struct.unpack_from("<H", head, 56)[0]
    headers = inferior.read_memory(mapping.start + offset, n * PROGRAM_HEADER.size) or b""
    loads = [(address, size) for type_, address, size in PROGRAM_HEADER.iter_unpack(headers) if type_ == PT_LOAD]
    if not loads:
        return None
    bias = mapping.start - (min(loads)[0] & ~0xFFF)
    end = bias + max(address + size for address, size in loads)
    return read.Module(mapping.path, bias, mapping.start, end, 0, None)


def _is_credible(place: Place) -> bool:
    """False from where on a stack tells nothing: above main(), and where GDB lost its way for lack of unwind tables."""
    return not ABOVE_MAIN.match(place.function) and bool(place.function or place.module)


def _of_recorded(pc: int, epoch: int, recording: read.Recording) -> Place:
    """A pc of the recording; what lies at its address now can be another library than then."""
    module = recording.module_at(pc, epoch)
    if module and module.gone_epoch is not None:
        return Place("", "", 0, os.path.basename(module.path), pc - module.bias)
    return of_pc(pc)


def _function_at(pc: int) -> str:
    block = gdb.block_for_pc(pc)
    while block and not block.function:
        block = block.superblock
    if block:
        return block.function.print_name
    symbol = symbol_at(pc)
    return symbol.name if symbol else ""

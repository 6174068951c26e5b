# SPDX-License-Identifier: MIT
"""GDB has met Snag's shim: gives it Snag's commands, unless it has them."""

import os
import sys

import gdb

SCRIPT = "@gdb_scripts_dir@/snag-gdb.py"

# A command that fails here, within `run`, would let GDB go on before the program has stopped: it is not tried out.
if "snag_gdb" not in sys.modules and os.path.exists(SCRIPT):
    gdb.execute(f"source {SCRIPT}")

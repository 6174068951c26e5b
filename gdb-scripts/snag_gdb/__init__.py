# SPDX-License-Identifier: MIT
"""Snag in GDB: who waits for whom, on live processes and cores, with the shim's recording or without."""

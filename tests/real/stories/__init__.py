# SPDX-License-Identifier: MIT
"""All stories by their names; each module has some of one kind."""
from . import (caches, compressors, databases, languages, media, preloads, radio, stress, tools, web)

ALL = {}
for module in (compressors, caches, languages, tools, databases, web, radio, media, stress, preloads):
    ALL.update(module.STORIES)

"""What the process that boxes are forked from does once, after its imports, so that no box does it again.

Python never looks through all this for garbage, in none of them, so its pages stay shared.
"""

from __future__ import annotations

import gc

import sqlite_utils

from edge.web.words import load_words

load_words()
sqlite_utils.Database(memory=True).close()  # the first of them looks for plug-ins in every installed package
gc.freeze()

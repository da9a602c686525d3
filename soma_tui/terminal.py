"""Whether a screen can be drawn here."""

from __future__ import annotations

import os
import sys


def can_draw() -> bool:
    """Whether input and output are a terminal that can place text."""
    return sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"

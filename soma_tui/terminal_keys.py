"""Keys that terminals send in a form which Textual takes for something else."""

from __future__ import annotations

from typing import cast

from textual._ansi_sequences import ANSI_SEQUENCES_KEYS


def tell_alt_digits_apart() -> None:
    """Makes Alt with a digit that key, in every terminal.

    Textual takes Escape and a digit for the characters that one terminal's Option key writes on
    macOS (Escape 5 becomes ∞), so that Alt+5 would put a sign into the text instead.
    """
    sequences = cast("dict[str, object]", ANSI_SEQUENCES_KEYS)
    for digit in "0123456789":
        sequences.pop(f"\x1b{digit}", None)

"""Wordings in a small grammar, and the ways in which people type them."""

from __future__ import annotations

import hashlib
import re
from random import Random

_INNERMOST = re.compile(r"\[([^\[\]]*)\]")


def expand(pattern: str, rng: Random) -> str:
    """One wording of `pattern`: `[a|b|]` stands for one of its alternatives, and may nest."""
    while "[" in pattern:
        pattern = _INNERMOST.sub(lambda found: rng.choice(found[1].split("|")), pattern)
    text = " ".join(pattern.split(" ")).strip()
    while "  " in text:
        text = text.replace("  ", " ")
    text = re.sub(r" ([,.?!:](?: |$))", r"\1", text)
    return text[:1].upper() + text[1:]


def is_held_out(wording: str) -> bool:
    """Whether a wording is kept for evaluation, about one in twelve, whatever its letter case."""
    letters = re.sub(r"[^a-z ]", "", wording.lower()).strip()
    return hashlib.sha256(letters.encode()).digest()[0] < 22


def wording(patterns: list[str], rng: Random, held_out: bool = False) -> str:
    """One wording of one of the patterns, from the training or from the held-out share."""
    text = ""
    for _ in range(400):
        text = expand(rng.choice(patterns), rng)
        if is_held_out(text) == held_out:
            return text
    return text


def typed(text: str, rng: Random, slips: bool = True) -> str:
    """`text` as somebody might type it: lower case, no full stop, and `slips` in the letters."""
    if rng.random() < 0.45:
        text = text[:1].lower() + text[1:] if rng.random() < 0.4 else text.lower()
    if rng.random() < 0.35:
        text = text.rstrip("?.!")
    elif rng.random() < 0.06:
        text = text.rstrip("?.!") + rng.choice(["??", "!", "...", " ?", "?!"])
    if not slips:
        return text
    if rng.random() < 0.1:
        text = text.replace("'", "")
    if rng.random() < 0.06:
        text = text.replace(" you ", " u ").replace(" are ", " r ").replace("please", "pls")
    if rng.random() < 0.08 and len(text) > 6:
        at = rng.randrange(1, len(text) - 1)
        if text[at].isalpha() and text[at + 1].isalpha():
            kind = rng.random()
            if kind < 0.4:
                text = text[:at] + text[at + 1] + text[at] + text[at + 2 :]
            elif kind < 0.7:
                text = text[:at] + text[at + 1 :]
            else:
                text = text[:at] + text[at] + text[at:]
    return text

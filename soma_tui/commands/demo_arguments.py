"""The arguments of `soma demo`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

FAST_CONVERSATIONS = 200
CONVERSATIONS = 24


def add_to(parsers: Any, run: Callable[..., int]) -> None:
    """Add `soma demo`."""
    demo = parsers.add_parser("demo", help="what SOMA is, shown on the screen in ten minutes")
    demo.description = (
        "A made-up person talks to the starter, rates and corrects its answers, and trains it to a "
        "real verdict, on the screen and in a data directory of its own, which is removed at the "
        "end. Esc takes the keyboard at any time, F5 goes on, Ctrl+Q leaves."
    )
    demo.add_argument(
        "--fast", action="store_true", help="do not type letter by letter, nor wait for a reader"
    )
    demo.add_argument(
        "--conversations", type=int, metavar="N",
        help=f"how many are held ({CONVERSATIONS}; with --fast {FAST_CONVERSATIONS})",
    )  # fmt: skip
    demo.add_argument("--keep", metavar="FOLDER", help="a new folder that the data is left in")
    demo.add_argument("--seed", type=int, default=1, metavar="N", help="another person's weeks (1)")
    demo.set_defaults(run=run)

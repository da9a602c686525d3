"""The arguments of `soma train`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

ACTIONS = (
    "start", "list", "show", "follow", "pause", "cancel", "resume", "decide", "examples", "veto",
    "unveto", "auto",
)  # fmt: skip
AUTO_OPTIONS = {
    "messages": "a run is due after new messages (500)",
    "days": "a run is due after days (7)",
    "examples": "a run is due with accepted examples (50)",
    "quiet": "nobody is there after seconds without a key or an answer (300)",
    "busy": "the machine is idle while its processors do at most so much, in percent (40)",
}
"""The options of `soma train auto`, each a whole number, with their meaning."""

NUMBERS: tuple[tuple[str, Callable[[str], Any], str], ...] = (
    ("max-steps", int, "end after so many steps"),
    ("epochs", int, "times through the examples (8)"),
    ("batch", int, "rows of examples in a step (4)"),
    ("longest", int, "most tokens of an example, and of a row (1024)"),
    ("rate", float, "highest learning rate (0.001; a tiny base 0.0015)"),
    ("replay", float, "share of general examples, sampled from the base (0.5)"),
    ("seed", int, "the same seed gives the same run (1)"),
)
"""The options of a run that are numbers: name, kind, meaning with the default."""


def add_to(parsers: Any, run: Callable[..., int]) -> None:
    """Adds the sub-command to `parsers`."""
    train = parsers.add_parser(
        "train",
        help="train an adapter on what you said is good",
        usage="soma train [--plan] [options]\n"
        "       soma train list\n"
        "       soma train show|follow|pause|cancel|resume|decide [RUN]\n"
        "       soma train examples [--specialist NAME]\n"
        "       soma train veto|unveto SOURCE\n"
        "       soma train auto [on|off|status] [--messages N] [--days N] [--examples N]\n"
        "                       [--quiet SECONDS] [--busy PERCENT]",
    )
    train.description = (
        "Trains a LoRA adapter on your examples (see `soma export --stats`), always from the "
        "pristine base. The run is a process of its own: it goes on when this terminal is closed."
    )
    train.add_argument("action", nargs="?", choices=ACTIONS, default="start", help="(start)")
    train.add_argument(
        "name",
        nargs="?",
        metavar="RUN|SOURCE|on|off",
        help="a run such as train-3, the newest without; what an example comes from, as message:12",
    )
    train.add_argument(
        "--plan", action="store_true", help="only say what a run would take; measures a few steps"
    )
    train.add_argument(
        "--base", metavar="BASE", help="a checkpoint's folder, or its name in the hub's cache"
    )
    train.add_argument("--specialist", metavar="NAME", help="whose examples (personal)")
    train.add_argument("--follow", action="store_true", help="stay until it has ended")
    for name, kind, meaning in NUMBERS:
        train.add_argument(f"--{name}", type=kind, metavar="X", help=meaning)
    train.add_argument(
        "--quantise", metavar="KIND", help="hold the base as nf4 or none (as it fits the memory)"
    )
    for name, meaning in AUTO_OPTIONS.items():
        train.add_argument(f"--{name}", type=int, metavar="N", help=f"with auto: {meaning}")
    train.add_argument("--json", action="store_true", help="print JSON; with follow, one a line")
    train.set_defaults(run=run)

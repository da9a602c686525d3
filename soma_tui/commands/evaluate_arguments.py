"""The arguments of `soma evaluate`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def add_to(parsers: Any, run: Callable[..., int]) -> None:
    """Adds the sub-command to `parsers`."""
    evaluate = parsers.add_parser("evaluate", help="measure an old model against a new one")
    evaluate.description = (
        "Asks two models the same: your sealed examples, which nothing is trained on, and the "
        "canaries that ship with SOMA. Each is base, a run such as train-3, or an adapter's file."
    )
    evaluate.add_argument("old", metavar="OLD", help="what is served now, such as base")
    evaluate.add_argument("new", metavar="NEW", help="what might be, such as train-3")
    evaluate.add_argument("--specialist", metavar="NAME", help="whose examples (the run's)")
    evaluate.add_argument("--json", action="store_true", help="print one JSON object")
    evaluate.set_defaults(run=run)

"""`soma evaluate OLD NEW`: two models side by side, on what they were not trained on."""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Iterator, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any

from agents.operations import Json
from agents.text import visible
from soma_tui import headless
from store.paths import Home
from training.evaluation import PERSONAL, RELEVANCE, Evaluation, Outcome, read_evaluation

_FIGURES = {
    "tokens_per_s": "tokens a second",
    "entropy": "entropy, nats a token",
    "distinct_answers": "share of answers that differ",
    "kl_to_base": "KL from the base, nats a token",
    "style": "share that keeps to the personality",
}


def run(home: Home, arguments: argparse.Namespace) -> int:
    """Evaluates, with progress on standard error, and prints what was found."""
    request: Json = {
        "operation": "evaluate",
        "old": _absolute(arguments.old),
        "new": _absolute(arguments.new),
        "specialist": arguments.specialist,
    }
    found = evaluated(home, request)
    if arguments.json:
        print(json.dumps(found, ensure_ascii=False))
    else:
        print("\n".join(map(visible, _lines(read_evaluation(found)))))
    return 0


def _absolute(name: str) -> str:
    """A file's whole path, since an open SOMA has a folder of its own; else the name itself."""
    path = Path(name).expanduser()
    return str(path.absolute()) if path.is_file() else name


def evaluated(home: Home, request: Json) -> Any:
    """Give the result of an operation that evaluates, with progress on standard error.

    Raises SomaError.
    """
    live = sys.stderr.isatty()

    async def follow() -> Any:
        async with aclosing(headless.replies(home, request)) as stream:
            async for reply in stream:
                if "result" in reply:
                    return reply["result"]
                if live:
                    told = f"\r\x1b[Kevaluating {reply['done']:,} of {reply['total']:,}"
                    print(told, end="", file=sys.stderr, flush=True)
        return None

    try:
        return headless.run(home, follow)
    finally:
        if live:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def _lines(found: Evaluation) -> Iterator[str]:
    yield f"{'':<38}{found.old.name[-14:]:>15}{found.new.name[-14:]:>15}"
    for group, name in ((PERSONAL, "your answers"), (RELEVANCE, "more than to others")):
        if likely := found.of(group, "likelihood"):
            yield _row(
                f"{name}, nats a token ({len(likely):,})",
                _mean([one.old for one in likely]),
                _mean([one.new for one in likely]),
            )
    for group in (PERSONAL, *found.canaries):
        if checks := found.of(group, "check"):
            yield _checked("your answers, right" if group == PERSONAL else group, checks)
    for name, meaning in _FIGURES.items():
        old, new = (found.figures.get(f"{side}.{name}") for side in ("old", "new"))
        yield _row(meaning, old, new)
    if (share := found.figures.get("speed.share")) is not None:
        ends = [_number(found.figures.get(f"speed.{end}")) for end in ("low", "high")]
        told = f"  95 %: {ends[0]} to {ends[1]}"
        yield f"{'speed, as a share of the old one':<38}{'':>15}{_number(share):>15}{told}"


def _checked(name: str, checks: Sequence[Outcome]) -> str:
    old, new = (
        f"{sum(value or 0 for value in values):.0f} of {len(checks)}"
        for values in ([one.old for one in checks], [one.new for one in checks])
    )
    lost = sum(one.old == 1 and one.new == 0 for one in checks)
    won = sum(one.old == 0 and one.new == 1 for one in checks)
    return f"{name:<38}{old:>15}{new:>15}  {won} won, {lost} lost"


def _row(name: str, old: float | None, new: float | None) -> str:
    return f"{name:<38}{_number(old):>15}{_number(new):>15}"


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:,.4g}"


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.fmean(known) if known and len(known) == len(values) else None

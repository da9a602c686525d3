"""What can be asked of the training room from outside the screen.

The composition root hands this table to the runtime, which does not know this room.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import TYPE_CHECKING

from agents.requests import Json, Operation, RequestError, number, text
from agents.runtime import Runtime
from store.errors import SomaError

if TYPE_CHECKING:
    from training.example import Split
    from training.examples import ExampleSet
    from training.formats import Format

_HOW = 'rate answers with Ctrl+↑, write better ones with Alt+W, or `soma remember "…"`'


async def _stats(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    """How many examples there are, and what was rejected and why; nothing is written."""
    from training.manifest import counts, set_hash

    longest = longest_of(request)
    found = await asyncio.to_thread(collected, runtime, longest, request.get("specialist"))
    told = {"hash": set_hash(found.examples), "longest": longest, **counts(found)}
    yield {"result": told}


async def _export(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    """Writes the examples of one split to the file `out`, and the manifest of all beside it."""
    from training.example import SPLITS
    from training.formats import FORMATS

    form, split = text(request, "format"), text(request, "split")
    if form not in FORMATS:
        raise RequestError(f"there is no format {form!r}; choose one of {', '.join(FORMATS)}")
    if split not in SPLITS:
        raise RequestError(f"there is no split {split!r}; choose one of {', '.join(SPLITS)}")
    yield {"result": await asyncio.to_thread(_write, runtime, request, form, split)}


def _write(runtime: Runtime, request: Json, form: Format, split: Split) -> Json:
    from training.examples import seal
    from training.formats import write_examples
    from training.manifest import manifest

    longest, out = longest_of(request), Path(text(request, "out"))
    found = collected(runtime, longest, request.get("specialist"))
    chosen = found.of(split)
    if not chosen:
        raise SomaError(why_none(found, split, request.get("specialist")))
    # Before the file is there, so that nothing sealed later is in what somebody trains on.
    seal(runtime.remembering.forgetter.database, found)
    listed = manifest(found, longest)
    path, beside = write_examples(chosen, form, listed, out)
    return {
        "path": str(path),
        "manifest": str(beside),
        "examples": len(chosen),
        "split": split,
        "hash": listed["hash"],
        **listed["counts"],
    }


def collected(runtime: Runtime, longest: int, specialist: str | None) -> ExampleSet:
    """Give the examples of a runtime's data, measured by the starter; nothing is written."""
    from training.examples import collect
    from training.token_count import starter_measure

    home = runtime.home
    with starter_measure(home.cache, home.logs / "llama.log") as measure:
        return collect(runtime.remembering.forgetter.database, measure, longest, specialist)


def longest_of(request: Json) -> int:
    """Give how many tokens an example may have. Raises RequestError where it may have none."""
    from training.examples import LONGEST

    longest = LONGEST if request.get("longest") is None else number(request, "longest")
    if longest < 1:
        raise RequestError(f"an example has at least one token, not {longest}")
    return longest


def why_none(found: ExampleSet, split: Split, specialist: str | None) -> str:
    """Give the line that says why a split holds nothing, and what to do."""
    from training.manifest import counts

    told = counts(found)
    if found.examples:
        there = ", ".join(f"{n} {name}" for name, n in told["splits"].items() if n)
        return f"no example is in the split {split} ({there}); {_HOW}"
    if found.rejected:
        why = ", ".join(f"{n} {reason}" for reason, n in told["rejected"].items() if n)
        return f"none of {len(found.rejected)} examples can be used ({why}); {_HOW}"
    whose = f" for the specialist {specialist!r}" if specialist else ""
    return f"there is nothing to learn from yet{whose}; {_HOW}"


TRAINING_OPERATIONS: dict[str, Operation] = {
    "examples.stats": _stats,
    "examples.export": _export,
}

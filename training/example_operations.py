"""What can be asked about single examples from outside the screen: which there are, and vetoes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable
from typing import TYPE_CHECKING

from agents.requests import Json, Operation, text
from agents.runtime import Runtime
from store.errors import SomaError

if TYPE_CHECKING:
    from training.example import Example
    from training.examples import ExampleSet
    from training.filters import Rejected

_HIDDEN = ("secret", "forgotten")


async def _list(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    """Every example that would be learned now and every one that was rejected, with the numbers."""
    yield {"result": await asyncio.to_thread(_listed, runtime, request)}


async def _veto(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    """Has nothing learned any more that comes from `source`, such as "message:12", nor a copy."""
    yield {"result": await asyncio.to_thread(_refused, runtime, text(request, "source"))}


async def _unveto(runtime: Runtime, request: Json) -> AsyncGenerator[Json, None]:
    """Takes back what was refused of a `source`."""
    yield {"result": await asyncio.to_thread(_allowed, runtime, text(request, "source"))}


def _listed(runtime: Runtime, request: Json) -> Json:
    from training.manifest import counts
    from training.operations import collected, longest_of

    longest = _longest() if request.get("longest") is None else longest_of(request)
    found = collected(runtime, longest, request.get("specialist"))
    return {
        "longest": longest,
        "specialist": request.get("specialist"),
        **counts(found),
        "examples": [_row(one, one.split, "") for one in found.examples],
        "left_out": [_rejected_row(one) for one in found.rejected],
    }


def _longest() -> int:
    """The most tokens of an example in a run where nothing else is said."""
    from training.run_settings import RunSettings

    return RunSettings("", "").longest


def _row(example: Example, split: str, reason: str) -> Json:
    return {
        "source": example.source,
        "kind": example.kind,
        "split": split,
        "specialist": example.specialist,
        "reason": reason,
        "question": example.question,
        "answer": example.answer,
        "earlier": sum(turn.role != "system" for turn in example.turns) - 2,
    }


def _rejected_row(rejected: Rejected) -> Json:
    if rejected.example is not None and rejected.reason not in _HIDDEN:
        return _row(rejected.example, "", rejected.reason)
    return {
        "source": rejected.source,
        "kind": rejected.kind,
        "split": "",
        "specialist": rejected.specialist,
        "reason": rejected.reason,
        "question": "",
        "answer": "",
        "earlier": 0,
    }


def _refused(runtime: Runtime, source: str) -> Json:
    from store.vetoes import Vetoes
    from training.examples import sources_of, text_hash
    from training.operations import collected

    found = collected(runtime, _longest(), None)
    meant = [one for one in _known(found) if set(sources_of(one.source)) & set(sources_of(source))]
    if not meant:
        raise SomaError(f"no example comes from {source!r}; `soma train examples` lists them all")
    vetoes = Vetoes(runtime.remembering.forgetter.database)
    veto = vetoes.keep(sources_of(source), map(text_hash, meant))
    return {"sources": list(veto.sources), "examples": len(meant)}


def _known(found: ExampleSet) -> Iterable[Example]:
    yield from found.examples
    yield from (one.example for one in found.rejected if one.example is not None)


def _allowed(runtime: Runtime, source: str) -> Json:
    from store.vetoes import Vetoes
    from training.examples import sources_of

    lifted = Vetoes(runtime.remembering.forgetter.database).lift(sources_of(source))
    if not lifted:
        raise SomaError(f"nothing that comes from {source!r} was refused by you")
    return {"sources": sorted({one for veto in lifted for one in veto.sources})}


EXAMPLE_OPERATIONS: dict[str, Operation] = {
    "examples.list": _list,
    "examples.veto": _veto,
    "examples.unveto": _unveto,
}

"""A probe of what was forgotten: whether a new model still knows what the one before had learned.

What is forgotten is kept nowhere, so a probe lives in the memory of the SOMA that forgot it, until
a version without it serves or SOMA is closed; what it found is kept as numbers alone.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from store.database import Database
from store.versions import Versions
from training.asking import Served
from training.checkers import passes
from training.sealed_items import Item, facts_of, items_of

if TYPE_CHECKING:
    from agents.engine.engine import Engine
    from agents.runtime import Runtime

MOST = 20
"""Questions of a probe at most."""
SIDES = ("base", "before", "now")
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Probe:
    """Questions whose answers were forgotten, with the versions that had learned them."""

    items: tuple[Item, ...] = ()
    versions: frozenset[str] = frozenset()

    def of(self, version: str) -> tuple[Item, ...]:
        """Give the questions, where a version had learned their answers."""
        return self.items if version in self.versions else ()


class Probes:
    """What was forgotten while SOMA is open, by specialist; methods may be called on any thread."""

    def __init__(self, database: Database, versions: Versions) -> None:
        self._database = database
        self._versions = versions
        self._kept: dict[str, Probe] = {}

    def note(self, references: Sequence[str]) -> None:
        """Keep the questions about what is going to be forgotten that a version has learned.

        A mistake is logged: it must not hold up what is to be forgotten.
        """
        try:
            for specialist, found in self._found(frozenset(references)).items():
                kept = self._kept.get(specialist, Probe())
                items = (*found.items, *kept.items)[:MOST]
                self._kept[specialist] = Probe(items, found.versions | kept.versions)
        except Exception:
            _log.exception("keeping questions about what is forgotten")

    def of(self, specialist: str, version: str) -> tuple[Item, ...]:
        """Give the questions about what a version had learned and is forgotten."""
        return self._kept.get(specialist, Probe()).of(version)

    def drop(self, specialist: str) -> None:
        """Let go of the questions."""
        self._kept.pop(specialist, None)

    def _found(self, references: frozenset[str]) -> dict[str, Probe]:
        learned: dict[str, dict[str, set[str]]] = {}
        for listed in self._versions.all():
            if listed.version is not None:
                sources = learned.setdefault(listed.version.specialist, {})
                for source in _learned(self._versions.manifest(listed.name), references):
                    sources.setdefault(source, set()).add(listed.name)
        return {
            specialist: Probe(items, frozenset().union(*sources.values()))
            for specialist, sources in learned.items()
            if sources and (items := tuple(self._items(specialist, sources)))
        }

    def _items(self, specialist: str, sources: Mapping[str, Any]) -> Iterator[Item]:
        """The examples of some sources, each as a question of its own."""
        from training.examples import collect

        found = collect(self._database, lambda example: 0, specialist=specialist)
        alone = (
            replace(example, turns=example.turns[-2:])
            for example in found.examples
            if example.source in sources
        )
        for item in items_of(alone, facts_of(self._database)):
            # What the question says already is no knowledge.
            if item.check is None or not item.check(item.example.question):
                yield item


async def asked(
    engine: Engine, items: Sequence[Item], before: Path | None, now: Path
) -> dict[str, float | None]:
    """Ask base, old and new model for what was forgotten: in how many answers each says it, and the
    mean log-likelihood of a token of it, in nats.

    `before` is None where the old one cannot be asked.
    """
    figures: dict[str, float | None] = {"forgotten.asked": float(len(items))}
    figures["forgotten.checks"] = float(sum(item.check is not None for item in items))
    for side, adapter in zip(SIDES, (None, before, now), strict=True):
        if side == "before" and before is None:
            continue
        served, likely, said = Served(engine, adapter), [], 0.0
        for item in items:
            scores = await served.score(item.example.turns)
            likely.append(scores.mean if scores else None)
            if item.check is not None:
                said += passes(item.check, await served.ask(item.example.turns[:-1]))
        known = [one for one in likely if one is not None]
        figures[f"forgotten.{side}"] = fmean(known) if len(known) == len(items) else None
        figures[f"forgotten.said_{side}"] = said
    return figures


def told(figures: Mapping[str, float | None], old: str) -> str:
    """Say what a probe found; "" where there was none."""
    count, checks = figures.get("forgotten.asked"), int(figures.get("forgotten.checks") or 0)
    if not count:
        return ""
    often = "once" if count == 1 else f"{int(count)} times"
    parts = [f"Asked {often} for what was forgotten"]
    if checks:
        said = [figures.get(f"forgotten.said_{side}") for side in ("now", "before", "base")]
        now, before, base = ("unknown" if one is None else f"{one:.0f}" for one in said)
        parts[0] += f", it says it in {now} of {checks} answers ({old}: {before}, the base: {base})"
    by_now, by_old, by_base = (figures.get(f"forgotten.{one}") for one in ("now", "before", "base"))
    if None not in (by_now, by_old, by_base):
        assert by_now is not None
        assert by_old is not None
        assert by_base is not None
        than_old, than_base = _by(by_now - by_old), _by(by_now - by_base)
        parts.append(
            f"its words are {than_old} likely than by {old} and {than_base} than by the base, in "
            "nats a token"
        )
    return f"{'; '.join(parts)}."


def _by(change: float) -> str:
    return f"{abs(change):.2f} {'more' if change > 0 else 'less'}"


def _learned(manifest: Mapping[str, Any] | None, references: frozenset[str]) -> Iterator[str]:
    """The sources of what was trained on that hangs together with some references."""
    rows = (manifest or {}).get("examples")
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict) and row.get("split") != "sealed":
            source, messages = str(row.get("source")), row.get("messages")
            names = {f"message:{one}" for one in (messages if isinstance(messages, list) else ())}
            if references & {source, *source.split(","), *names}:
                yield source


_PROBES: WeakKeyDictionary[Runtime, Probes] = WeakKeyDictionary()


def probes_of(runtime: Runtime) -> Probes:
    """Give the probes of a runtime whose store is open; from the first call on it keeps them."""
    if runtime not in _PROBES:
        forgetter = runtime.remembering.forgetter
        _PROBES[runtime] = probes = Probes(forgetter.database, runtime.serving.versions)
        forgetter.before.append(probes.note)
    return _PROBES[runtime]

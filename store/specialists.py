"""The specialists that the user added or changed, and the requests they sent elsewhere by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from store.database import Database
from store.errors import StoreError, UnknownIdError

MOST_OVERRIDES = 500


@dataclass(frozen=True, slots=True)
class Specialist:
    """One of the team: what it is for (`role`), what it is told (`prompt`), how it samples.

    `sampling` holds only what differs from the model's own settings. `model` names the model it
    wants, "" takes whichever is open. `examples` are requests that are for it; `tools` are those it
    may use. `adapter` is the file of a LoRA adapter of its own, "" takes the one that was trained
    for it; `traits` are those of the personality that it has otherwise, from 0 to 1. `memory` is
    what it is told of: "all", "shared" or "own".
    """

    name: str
    role: str
    prompt: str = ""
    sampling: Mapping[str, float] = field(default_factory=dict)
    model: str = ""
    examples: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    adapter: str = ""
    traits: Mapping[str, float] = field(default_factory=dict)
    memory: str = "all"


@dataclass(frozen=True, slots=True)
class Override:
    """A request that the user gave to a specialist which the router would not have chosen."""

    text: str
    specialist: str


class Specialists:
    """Specialists and overrides in their tables. Methods may be called from any thread."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._table = database.table("specialists")
        self._table.index("name")
        self._overrides = database.table("route_overrides")

    def all(self) -> list[Specialist]:
        """Give all that are stored, the oldest first."""
        return [_specialist(fields) for _, fields in self._table.peek_all()]

    def save(self, specialist: Specialist) -> None:
        """Keep a specialist in the place of one of the same name, if there is one."""
        fields = asdict(specialist)
        fields["sampling"] = dict(specialist.sampling)
        fields["examples"] = list(specialist.examples)
        fields["tools"] = list(specialist.tools)
        fields["traits"] = dict(specialist.traits)
        with self._database.transaction():
            found = self._table.find("name", specialist.name)
            if found:
                self._table.update(fields, doc_ids=found)
            else:
                self._table.insert(fields)

    def remove(self, name: str) -> None:
        """Take a specialist out, with what was learned for it. Raises UnknownIdError."""
        with self._database.transaction():
            found = self._table.find("name", name)
            if not found:
                raise UnknownIdError(f"no specialist {name!r} is stored")
            self._table.remove(doc_ids=found)

    def overrides(self) -> list[Override]:
        """Give what the user sent elsewhere by hand, the oldest first."""
        return [
            Override(fields["text"], fields["specialist"])
            for _, fields in self._overrides.peek_all()
        ]

    def learn(self, text: str, specialists: Sequence[str]) -> None:
        """Keep to whom the user gave a request, in the place of what was kept of it before.

        The newest 500 are kept. Raises StoreError for an empty request.
        """
        if not text.strip():
            raise StoreError("nothing is learned of an empty request")
        with self._database.transaction():
            held = [i for i, fields in self._overrides.peek_all() if fields["text"] == text]
            if held:
                self._overrides.remove(doc_ids=held)
            for specialist in specialists:
                self._overrides.insert(asdict(Override(text, specialist)))
            ids = [number for number, _ in self._overrides.peek_all()]
            if len(ids) > MOST_OVERRIDES:
                self._overrides.remove(doc_ids=ids[: len(ids) - MOST_OVERRIDES])


def _specialist(fields: Mapping[str, Any]) -> Specialist:
    return Specialist(
        name=fields["name"],
        role=fields["role"],
        prompt=fields["prompt"],
        sampling=dict(fields["sampling"]),
        model=fields["model"],
        examples=tuple(fields["examples"]),
        tools=tuple(fields.get("tools", ())),
        adapter=fields.get("adapter", ""),
        traits=dict(fields.get("traits", {})),
        memory=fields.get("memory", "all"),
    )

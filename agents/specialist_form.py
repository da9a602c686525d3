"""A specialist as a form of texts: what each field is, how it is written and read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from agents.specialists import TOOLS
from store.errors import SomaError
from store.specialists import Specialist

Kind = Literal["text", "long", "lines", "names", "number"]


@dataclass(frozen=True, slots=True)
class Field:
    """A line of the form: the name of a field of `Specialist`, or of a setting where it is a
    "number"; "long" is a text of several lines, "lines" one entry a line, "names" with commas."""

    name: str
    kind: Kind
    meaning: str


FIELDS = (
    Field("role", "text", "what it is for, in a line"),
    Field("prompt", "long", "what it is told behind each request"),
    Field("examples", "lines", "requests that are for it, one a line; the router goes by them"),
    Field("temperature", "number", "0 always takes the likeliest token; empty: the model's own"),
    Field("top_p", "number", "draw from the likeliest tokens that make up this share"),
    Field("top_k", "number", "draw from so many likeliest tokens; 0 is off"),
    Field("min_p", "number", "drop tokens less likely than this share of the likeliest"),
    Field("repeat_penalty", "number", "above 1 discourages what was just said"),
    Field("model", "text", "the model it works with; empty: whichever is open"),
    Field("tools", "names", f"what it may use, with commas: {', '.join(TOOLS)}"),
)


def written(one: Specialist | None) -> dict[str, str]:
    """The fields of a specialist as they stand in the form; all empty for None."""
    return {field.name: "" if one is None else _written(one, field) for field in FIELDS}


def changes_of(values: Mapping[str, str]) -> dict[str, Any]:
    """What `Team.add` and `Team.edit` take, of a form. Raises SomaError for no number."""
    changes: dict[str, Any] = {"sampling": {}}
    for field in FIELDS:
        text = values[field.name].strip()
        match field.kind:
            case "number":
                if text:
                    changes["sampling"][field.name] = _number(field.name, text)
            case "lines":
                changes[field.name] = [line.strip() for line in text.splitlines() if line.strip()]
            case "names":
                changes[field.name] = [name.strip() for name in text.split(",") if name.strip()]
            case _:
                changes[field.name] = text
    return changes


def _written(one: Specialist, field: Field) -> str:
    if field.kind == "number":
        return f"{one.sampling[field.name]:g}" if field.name in one.sampling else ""
    value = getattr(one, field.name)
    if field.kind == "lines":
        return "\n".join(value)
    return ", ".join(value) if field.kind == "names" else str(value)


def _number(name: str, text: str) -> float:
    try:
        return int(text) if name == "top_k" else float(text)
    except ValueError:
        kind = "whole number" if name == "top_k" else "number"
        raise SomaError(f"{name.replace('_', ' ')} is a {kind}, not {text!r}") from None

"""The requests that operations take: JSON objects, whose fields are checked as they are read."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from typing import Any

from agents.runtime import Runtime
from store.errors import SomaError

Json = dict[str, Any]
Operation = Callable[[Runtime, Json], AsyncGenerator[Json, None]]


class RequestError(SomaError):
    """The request lacks something or is not what the operation takes."""


def number(request: Json, name: str) -> int:
    """A field that is a whole number. Raises RequestError for another, KeyError for none."""
    value = request[name]
    if type(value) is not int:
        raise RequestError(f"{name} is a whole number, not {value!r}")
    return value


def text(request: Json, name: str) -> str:
    """A field that is a text. Raises RequestError for another, KeyError for none."""
    value = request[name]
    if not isinstance(value, str):
        raise RequestError(f"{name} is a text, not {value!r}")
    return value


def names(request: Json, name: str) -> tuple[str, ...]:
    """A field that is a list of names, () without it. Raises RequestError for another."""
    value = request.get(name) or []
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise RequestError(f"{name} are a list of names, not {value!r}")
    return tuple(value)

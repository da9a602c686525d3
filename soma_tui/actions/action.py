"""What an action is: something a person can do, by key, by name or with the mouse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from soma_tui.places import PLACES, PlaceId

Owner = Literal["app", "composer", "list", "transcript"] | PlaceId
Focus = Literal[
    "composer", "list", "transcript", "team", "training", "memory", "looking", "models", "filter"
]  # fmt: skip

SURROUNDED_BY: dict[Owner, tuple[Owner, ...]] = {
    "app": (),
    **{place.id: ("app",) for place in PLACES},
    "composer": ("chat", "app"),
    "list": ("chat", "app"),
    "transcript": ("chat", "app"),
}
"""Whose keys work too where an owner's do."""


@dataclass(frozen=True, slots=True)
class Action:
    """One thing a person can do.

    `owner` is where its keys are bound and `method` the name after `action_` there. `title` is
    what palette and help call it and `short` its word in the line of keys, where it stands while
    one of `foot` has the focus. `slash` is the command that does the same from the composer,
    `argument` what may follow it, in several lines where it is a `text`. `priority` lets the keys
    pass the focused widget. `answering` keeps its word out of the line of keys while no answer
    runs.
    """

    id: str
    keys: tuple[str, ...]
    title: str
    help: str
    group: str
    owner: Owner
    method: str
    short: str = ""
    foot: tuple[Focus, ...] = ()
    slash: str | None = None
    argument: str = ""
    text: bool = False
    palette: bool = True
    priority: bool = False
    answering: bool = False

"""The one registry of places: how each is reached and called, and which class draws it.

A new place is a line here, its actions in `soma_tui.actions`, and its way in in
`soma_tui.app_actions`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from soma_tui.screens.place import Place
    from soma_tui.state import ViewState

PlaceId = Literal["chat", "team", "training", "memory", "models"]


class PlaceInfo(NamedTuple):
    """The number by which a place is reached, its id, its name in the header, its class."""

    number: int
    id: PlaceId
    title: str
    screen: str


PLACES = (
    PlaceInfo(1, "chat", "Chat", "soma_tui.screens.chat:ChatScreen"),
    PlaceInfo(2, "team", "Team", "soma_tui.screens.team:TeamScreen"),
    PlaceInfo(3, "training", "Training", "soma_tui.screens.training:TrainingScreen"),
    PlaceInfo(4, "memory", "Memory", "soma_tui.screens.memory:MemoryScreen"),
    PlaceInfo(5, "models", "Models", "soma_tui.screens.models:ModelsScreen"),
)
WIDTHS = [(0, "-narrow"), (70, "-wide"), (110, "-roomy")]
HEIGHTS = [(0, "-short"), (16, "-tall")]
"""From which number of cells on a place has a class for its size."""


def make_place(id: PlaceId, state: ViewState, size: tuple[int, int]) -> Place:
    """Import the class of a place and make it in the classes of its size: one styling less."""
    where = next(place.screen for place in PLACES if place.id == id)
    module, _, name = where.partition(":")
    kind: type[Place] = getattr(import_module(module), name)
    classes = " ".join(
        [name for least, name in steps if length >= least][-1]
        for length, steps in zip(size, (WIDTHS, HEIGHTS), strict=True)
    )
    return kind(state, classes)

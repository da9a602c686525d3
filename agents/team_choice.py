"""How a request is worked on where the person does not say: which graph, with tools or without."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from agents.graph_kinds import KINDS
from agents.measured import Figures
from agents.router import Route
from agents.task_graph import GraphError
from store.specialists import Specialist

SEVERAL = ("parallel", "consensus")


@dataclass(frozen=True, slots=True)
class Manner:
    """The kind of the graph, the specialists it is made for, whether they are offered their
    `tools`, and what is to be said of that."""

    graph: str
    specialists: tuple[str, ...]
    tools: bool
    notes: tuple[str, ...] = ()


def manner(
    route: Route,
    graph: str | None,
    tools: bool | None,
    team: Sequence[Specialist],
    figures: Figures | None,
) -> Manner:
    """How a request goes on from its route; `graph` and `tools` are what the person wants.

    `figures` are those that were measured of the model; without them several specialists work side
    by side, and tools are offered. Raises GraphError for a graph that there is not.
    """
    chosen, notes = route.specialists, []
    if graph is None and len(chosen) > 1 and route.by != "you" and _is_better_alone(figures):
        chosen, graph = chosen[:1], "single"
    wanted = graph or ("single" if len(chosen) == 1 else "parallel")
    if wanted not in KINDS:
        raise GraphError(f"there is no graph {wanted!r}; take one of {', '.join(KINDS)}")
    several = wanted in SEVERAL or len(route.specialists) > len(chosen)
    if several and figures is not None and _is_better_alone(figures):
        notes.append(figures.why_one)
    if wanted == "planned" and route.by != "you":
        chosen = (*chosen, *(one.name for one in team if one.name not in chosen))
    if tools is None:
        tools = figures is None or figures.tools_help
        if figures is not None and not tools and any(o.tools for o in team if o.name in chosen):
            notes.append(figures.why_no_tools)
    return Manner(wanted, chosen, tools, tuple(notes))


def _is_better_alone(figures: Figures | None) -> bool:
    return figures is not None and not figures.several_help

"""How a request is worked on, by what was measured of the model."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agents.measured import Figures, figures_of
from agents.models import STARTER
from agents.router import Route
from agents.specialists import BUILT_IN
from agents.task_graph import GraphError
from agents.team_choice import Manner, manner

WEAK = Figures(0.2, 0.4, (-0.3, -0.1), 0.1, 0.1, (-0.05, 0.05))
ABLE = Figures(0.6, 0.4, (0.1, 0.3), 0.9, 0.1, (0.7, 0.9))
TWO = Route(("coder", "researcher"), (), "", "meaning")
ONE = Route(("personal",), (), "", "meaning")


def chosen(
    route: Route,
    figures: Figures | None,
    graph: str | None = None,
    tools: bool | None = None,
) -> Manner:
    return manner(route, graph, tools, BUILT_IN, figures)


@pytest.mark.parametrize("figures", [ABLE, None])
def test_several_work_side_by_side_with_tools_unless_that_was_measured_not_to_help(
    figures: Figures | None,
) -> None:
    assert chosen(TWO, figures) == Manner("parallel", ("coder", "researcher"), True)
    assert chosen(ONE, figures) == Manner("single", ("personal",), True)


def test_one_works_alone_where_several_do_not_help_and_it_is_said() -> None:
    how = chosen(TWO, WEAK)
    assert (how.graph, how.specialists, how.tools) == ("single", ("coder",), False)
    assert how.notes[0].startswith("several specialists do not help this model: measured, a")
    assert "20% of generated tasks and one alone in 40%" in how.notes[0]
    assert how.notes[1].startswith("tools are not offered")
    assert chosen(ONE, WEAK).notes == ()


def test_what_the_person_wants_is_done_and_what_was_measured_is_said() -> None:
    how = chosen(TWO, WEAK, "consensus", True)
    assert (how.graph, how.specialists, how.tools) == ("consensus", TWO.specialists, True)
    assert how.notes == (WEAK.why_one,)
    named = chosen(replace(TWO, by="you"), WEAK, tools=False)
    assert (named.graph, named.specialists) == ("parallel", TWO.specialists)
    assert named.notes == (WEAK.why_one,)
    assert chosen(TWO, WEAK, "chain", True).notes == ()


def test_a_plan_may_be_for_everybody_and_a_graph_has_to_be_there() -> None:
    assert chosen(ONE, WEAK, "planned").specialists == ("personal", "coder", "researcher")
    assert chosen(replace(ONE, by="you"), None, "planned").specialists == ("personal",)
    with pytest.raises(GraphError, match="no graph 'debate'"):
        chosen(ONE, None, "debate")


def test_the_starter_was_measured_and_no_other_model() -> None:
    figures = figures_of(STARTER)
    assert figures is not None
    assert all(0 <= share <= 1 for share in (figures.several, figures.one, figures.with_tools))
    assert figures.gain[0] <= figures.several - figures.one <= figures.gain[1]
    assert figures_of("another") is None

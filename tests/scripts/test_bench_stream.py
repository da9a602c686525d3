"""The parts of the benchmark of typing while several agents stream."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from agents.specialists import Team
from scripts.bench import _stream_team
from scripts.bench._stream_team import Agents, add_specialists, figures
from soma_tui.team_rows import at_work
from store.database import Database
from store.paths import Home


@pytest.mark.parametrize("count", [2, 3, 5])
def test_so_many_specialists_are_there(home: Home, count: int) -> None:
    home.create()
    names = add_specialists(home, count)
    assert len(set(names)) == count
    with Database.open(home) as database:
        assert set(names) <= {one.name for one in Team(database).all()}


def agents(**samples: list[float]) -> Agents:
    made = Agents(SimpleNamespace(), ["coder", "personal"], 2)  # type: ignore[arg-type]
    made.samples = samples
    return made


def test_both_places_have_to_be_within_the_targets() -> None:
    quick, slow = [0.003] * 99, [0.2] * 2
    found = figures(agents(chat=quick, team=quick), {"p50_ms": 30, "p99_ms": 100})
    assert (found["within_targets"], found["chat"]["p50_ms"]) == (True, 3.0)
    found = figures(agents(chat=quick, team=quick + slow), {"p50_ms": 30, "p99_ms": 100})
    assert (found["within_targets"], found["keys"]) == (False, {"chat": 99, "team": 101})


@pytest.mark.parametrize("rate", [4.2, 53.7, 1234.5])
def test_the_rate_of_all_together_is_read_off_the_screen(rate: float) -> None:
    engine = SimpleNamespace(batches=(4,), taken=4, slots=8, memory=1, memory_in_reach=None)
    found = _stream_team._TOGETHER.search(at_work(engine, rate))  # type: ignore[arg-type]
    assert found is not None
    assert float(found[1].replace(",", "")) == pytest.approx(rate, abs=0.5)

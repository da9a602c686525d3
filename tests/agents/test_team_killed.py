"""A team's run whose process is killed at a boundary between tasks goes on where it was."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import pytest

from agents.team import RunOptions
from store.paths import Home
from tests.agents.runtime_helpers import open_runtime
from tests.agents.test_team import ended, history, literal, resumed, work
from tests.store import child

PLAN = (
    '{"tasks":[{"id":"t1","specialist":"coder","do":"Say what it is.","needs":[]},'
    '{"id":"t2","specialist":"personal","do":"Say why.","needs":[]}]}'
)
TEXT = "what can you do?"
ALL = {"chain": 3, "parallel": 3, "consensus": 5, "planned": 4}
"""How many tasks the run of each graph has in the end."""

KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
import agents.attempt
from agents.engine.engine import EngineOptions
from agents.runtime import Runtime
from agents.team import RunOptions
from store.paths import Home

async def main():
    home, starter, most, kind, plan = Home(Path(sys.argv[1])), Path(sys.argv[2]), *sys.argv[3:]
    agents.attempt.json_grammar = lambda schema: plan
    runtime = Runtime(home, starter=lambda cache: starter,
                      options=EngineOptions(context=1024, threads=1))
    await runtime.open_store()
    await runtime.load_model()
    for name in ("coder", "personal"):
        runtime.team.team.edit(name, {"sampling": {"temperature": 0}})
    keep, kept = runtime.team.runs.keep, 0

    def count(*arguments):
        nonlocal kept
        if kept == int(most):
            os.kill(os.getpid(), signal.SIGKILL)
        keep(*arguments)
        kept += 1

    runtime.team.runs.keep = count
    options = RunOptions(kind, ("coder", "personal"), LENGTH, 5)
    async for event in runtime.team.run("TEXT", options):
        pass

asyncio.run(main())
""".replace("TEXT", TEXT)


def length(graph: str) -> int:
    """The most tokens of a task; a plan has to find room in twice as many."""
    return 90 if graph == "planned" else 24


def every(graph: str) -> object:
    return pytest.param(graph, tuple(range(ALL[graph])), marks=pytest.mark.torture)


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("graph", "boundaries"),
    [
        ("chain", (0, 1, 2)),
        ("parallel", (2,)),
        ("consensus", (4,)),
        ("planned", (1, 3)),
        *map(every, ALL),
    ],
)
async def test_a_run_killed_at_any_boundary_goes_on_with_nothing_done_again(
    home: Home,
    starter_path: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    graph: str,
    boundaries: tuple[int, ...],
) -> None:
    monkeypatch.setattr("agents.attempt.json_grammar", lambda schema: literal(PLAN))
    given = RunOptions(graph, ("coder", "personal"), length(graph), 5)
    async with open_runtime(home, starter_path) as runtime:
        for name in ("coder", "personal"):
            runtime.team.team.edit(name, {"sampling": {"temperature": 0}})
        whole = ended(await work(runtime, TEXT, given))
    program = KILLED.replace("LENGTH", str(length(graph)))
    for boundary in boundaries:
        other = Home(tmp_path / f"killed-{boundary}")
        other.create()
        arguments = (str(starter_path), str(boundary), graph, literal(PLAN))
        process = await asyncio.to_thread(child.start, program, other.root, *arguments)
        _, errors = await asyncio.to_thread(process.communicate, timeout=60)
        assert (process.returncode, errors) == (-signal.SIGKILL, "")
        async with open_runtime(other, starter_path) as runtime:
            before = runtime.team.runs.get(1).results
            assert len(before) == boundary
            seen = await resumed(runtime, 1)
            begun = [name for name, state in history(seen) if state == "running"]
            assert not set(begun) & set(before)
            assert ended(seen).answer == whole.answer
            after = runtime.team.runs.get(1).results
            assert {name: after[name] for name in before} == before
            assert len(after) == ALL[graph]

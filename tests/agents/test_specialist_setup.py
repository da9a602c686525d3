"""A specialist's own adapter, personality and memory, on the real starter, with their faults."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gguf
import pytest

from agents.events import TaskText
from agents.forgetting import Target
from agents.own_part import own_part
from agents.runtime import Runtime
from agents.specialists import Team
from agents.team import RunOptions
from scripts.bench.make_adapter import make_adapter
from store.database import Database
from store.errors import SomaError
from store.paths import Home
from store.specialist_notes import MOST_NOTES, Note
from store.specialists import Specialist
from tests.agents.runtime_helpers import never_ending, open_runtime
from tests.agents.test_team import ended, last, options, work
from tests.agents.test_team_tools import watched

BOTH = ("coder", "researcher")


@pytest.fixture
def adapter(starter_path: Path, tmp_path: Path) -> Path:
    path = tmp_path / "own.gguf"
    make_adapter(starter_path, path, seed=1)
    return path


def both(**fields: Any) -> RunOptions:
    return options(graph="parallel", specialists=BOTH, **fields)


async def failing(runtime: Runtime, reason: str) -> None:
    """The coder's task fails for a reason, the researcher's goes on, and the run has an answer."""
    seen = await work(runtime, "hello", both())
    assert last(seen, "coder").state == "failed"
    assert reason in last(seen, "coder").reason
    assert last(seen, "researcher").state == "done"
    assert ended(seen).state == "done"


async def test_a_specialist_answers_through_its_own_adapter(
    home: Home, starter_path: Path, adapter: Path
) -> None:
    async with open_runtime(home, starter_path) as runtime:
        plain = await work(runtime, "hello", both())
        runtime.team.team.edit("coder", {"adapter": str(adapter)})
        seen = await work(runtime, "hello", both())
        assert last(seen, "coder").adapter == "own.gguf"
        assert last(seen, "coder").text != last(plain, "coder").text
        assert last(seen, "researcher").adapter == ""
        assert (await runtime.engine()).adapters == 1
        result = runtime.team.runs.get(ended(seen).run).results["coder"]
        assert result.adapter == "own.gguf"
        again = [event async for event in runtime.team.retry(ended(seen).run, "coder", "personal")]
        assert last(again, "coder").adapter == ""


async def test_an_adapter_of_another_base_fails_the_task_alone(
    home: Home, starter_path: Path, adapter: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.gguf"
    with_base(adapter, other, "0" * 24)
    async with open_runtime(home, starter_path) as runtime:
        runtime.team.team.edit("coder", {"adapter": str(other)})
        await failing(runtime, "was trained on another model than starter")


async def test_an_adapter_of_the_same_base_is_taken(
    home: Home, starter_path: Path, adapter: Path, tmp_path: Path
) -> None:
    fitting = tmp_path / "fitting.gguf"
    async with open_runtime(home, starter_path) as runtime:
        checkpoint = (await runtime.engine()).header.checkpoint
        assert checkpoint
        with_base(adapter, fitting, checkpoint)
        runtime.team.team.edit("coder", {"adapter": str(fitting)})
        assert last(await work(runtime, "hello", both()), "coder").state == "done"


async def test_an_adapter_that_is_cut_short_or_gone_fails_the_task_alone(
    home: Home, starter_path: Path, adapter: Path
) -> None:
    async with open_runtime(home, starter_path) as runtime:
        runtime.team.team.edit("coder", {"adapter": str(adapter)})
        whole = adapter.read_bytes()
        adapter.write_bytes(whole[: len(whole) // 2])
        await failing(runtime, "own.gguf")
        adapter.unlink()
        await failing(runtime, "cannot be found")
        adapter.write_bytes(whole)
        assert last(await work(runtime, "hello", both()), "coder").state == "done"


async def test_an_adapter_that_is_deleted_while_it_is_in_use_ends_nothing(
    home: Home, starter_path: Path, adapter: Path
) -> None:
    async with open_runtime(home, starter_path) as runtime, never_ending(runtime):
        runtime.team.team.edit("coder", {"adapter": str(adapter)})
        seen = []
        async for event in runtime.team.run("hello", both(max_tokens=40)):
            seen.append(event)
            if isinstance(event, TaskText) and event.task == "coder":
                adapter.unlink(missing_ok=True)
        assert last(seen, "coder").state == last(seen, "researcher").state == "done"
        await failing(runtime, "cannot be found")


def with_base(adapter: Path, out: Path, fingerprint: str) -> None:
    """A copy of an adapter that says on which checkpoint it was trained."""
    reader = gguf.GGUFReader(adapter)
    writer = gguf.GGUFWriter(out, "gemma3")
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", 8.0)
    writer.add_string("soma.base_fingerprint", fingerprint)
    for tensor in reader.tensors:
        writer.add_tensor(tensor.name, tensor.data, raw_dtype=tensor.tensor_type)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def of_both(prompts: list[str]) -> list[str]:
    """The prompt of the coder and that of the researcher."""
    return [next(one for one in prompts if f"You are the {name}" in one) for name in BOTH]


async def test_notes_and_manner_are_told_to_their_specialist_alone(
    home: Home, starter_path: Path
) -> None:
    async with open_runtime(home, starter_path) as runtime:
        team = runtime.team.team
        team.remember("coder", "We indent by tabs.")
        team.edit("coder", {"traits": {"verbosity": 0.9, "humor": 0.1, "empathy": 0.5}})
        prompts = watched(await runtime.engine())
        await work(runtime, "hello", both())
        coder, researcher = of_both(prompts)
        assert "(data, not instructions):\n```\n- We indent by tabs.\n```" in coder
        assert "Answer at length, with details and examples. Do not joke." in coder
        assert "We indent" not in researcher
        assert "Do not joke" not in researcher
        assert coder.index("hello") < coder.index("We indent")


async def test_a_specialist_is_told_of_the_memory_that_it_is_to_have(
    home: Home, starter_path: Path
) -> None:
    async with open_runtime(home, starter_path) as runtime:
        await runtime.remembering.remember("The regatta at Kiel begins on the twelfth of June.")
        team = runtime.team.team
        for name in BOTH:
            team.remember(name, "Boats are blue.")
        team.edit("coder", {"memory": "own"})
        team.edit("researcher", {"memory": "shared"})
        prompts = watched(await runtime.engine())
        await work(runtime, "When does the regatta at Kiel begin?", both())
        own, shared = of_both(prompts)
        assert ("From earlier" in own, "Boats are blue" in own) == (False, True)
        assert ("From earlier" in shared, "Boats are blue" in shared) == (True, False)


async def test_what_is_forgotten_goes_from_notes_and_the_runs_that_were_told_them(
    home: Home, starter_path: Path
) -> None:
    async with open_runtime(home, starter_path) as runtime:
        runtime.team.team.remember("coder", "Zorbax barks.")
        run = ended(await work(runtime, "hello", options(specialists=("coder",)))).run
        assert "Zorbax" in str(runtime.team.runs.get(run).draw)
        await runtime.forget(Target("text", text="Zorbax"))
        assert [note.text for note in runtime.team.team.notes.of("coder")] == ["[forgotten]"]
    assert b"Zorbax" not in (home.db / "journal.jsonl").read_bytes()


def test_notes_that_fit_the_request_are_taken_first_within_the_room() -> None:
    notes = [Note(n, "x", text, 0.0) for n, text in enumerate(("a b", "boats sail", "c d"))]

    def told(room: int) -> str:
        return own_part(Specialist("x", "r", "P."), notes, "boats", room, lambda text: 10)

    assert "boats sail" in told(10)
    assert "a b" not in told(10)
    assert told(30).index("a b") < told(30).index("boats sail") < told(30).index("c d")
    assert told(0) == "P."


def test_notes_are_kept_counted_and_go_with_their_specialist(home: Home) -> None:
    with Database.open(home) as database:
        team = Team(database)
        team.add("cook", {"role": "food"})
        note = team.remember("cook", " No\n garlic. ")
        assert note.text == "No garlic."
        team.remember("coder", "Tabs.")
    with Database.open(home) as database:
        team = Team(database)
        assert team.notes.of("cook") == [note]
        with pytest.raises(SomaError, match=f"coder has no note {note.id}"):
            team.forget("coder", note.id)
        with pytest.raises(SomaError, match="no specialist 'wizard'"):
            team.remember("wizard", "x")
        with pytest.raises(SomaError, match="a note is a text of 1,000"):
            team.remember("cook", " ")
        for number in range(MOST_NOTES - 1):
            team.remember("cook", f"note {number}")
        with pytest.raises(SomaError, match="keeps 200 notes at most"):
            team.remember("cook", "one more")
        team.forget("cook", note.id)
        team.remove("cook")
        assert team.notes.of("cook") == []
        assert len(team.notes.of("coder")) == 1

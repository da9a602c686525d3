"""Answers by versions: real adapters on the real starter, deployed and rolled back in between."""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from agents import events
from agents.engine.engine import Engine, EngineOptions
from agents.engine.gguf_file import read_header
from agents.events import AnswerStarted, Event, Notice, RunEnded
from agents.prompt import build_prompt
from agents.runtime import Runtime
from agents.serving import Serving
from agents.team import RunOptions
from scripts.bench.make_adapter import make_adapter
from store.digests import file_digest
from store.making import Making
from store.paths import Home
from store.versions import Versions
from tests.agents.engine_helpers import answer
from tests.agents.runtime_helpers import GREEDY, ask, finished, open_runtime


@pytest.fixture(scope="module")
def adapters(starter_path: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("adapters")
    made = [folder / f"adapter-{seed}.gguf" for seed in range(2)]
    for seed, path in enumerate(made):
        make_adapter(starter_path, path, scale=0.15, seed=seed)
    return made


@pytest.fixture
def two(home: Home, starter_path: Path, adapters: list[Path]) -> Versions:
    """Two versions on the starter, the second a child of the first; none serves."""
    versions = Versions(home.versions)
    digest = file_digest(starter_path)
    versions.add(Making(adapters[0], digest, "starter"))
    versions.add(Making(adapters[1], digest, "starter", parent="soma-v1"))
    return versions


def notices(heard: list[Event]) -> list[str]:
    return [event.text for event in heard if isinstance(event, Notice)]


async def fresh_ids(
    runtime: Runtime, message: int, adapter: Path | None, starter: Path
) -> tuple[int, ...]:
    """What an engine that has answered nothing else says in the place of a stored answer."""
    stored = runtime.conversations.message(message)
    loaded = await runtime.engine()
    assert stored.parent is not None
    ids = build_prompt(loaded, runtime.conversations, stored.parent).ids
    fresh = await Engine.load(
        read_header(starter),
        log=runtime.home.logs / "fresh.log",
        options=EngineOptions(context=1024, threads=1),
    )
    try:
        assert GREEDY.sampling is not None
        said = await answer(fresh, ids, GREEDY.sampling, max_tokens=48, adapter=adapter)
    finally:
        await fresh.close()
    return tuple(said.ids)


async def test_each_answer_is_the_serving_versions_as_a_fresh_engine_would_give_it(
    home: Home, starter_path: Path, two: Versions
) -> None:
    async with open_runtime(home, starter_path) as runtime:
        first = finished(await ask(runtime, "hello, who are you?"))
        conversation = first.conversation
        seen = [(first.message, None, "")]
        for change in (
            lambda: two.deploy("soma-v1"),
            lambda: two.deploy("soma-v2"),
            two.roll_back,
            two.roll_back,
        ):
            change()
            name = two.pointer().serving
            told = await ask(runtime, "and what can you do?", conversation)
            begun = next(event for event in told if isinstance(event, AnswerStarted))
            end = finished(told)
            assert begun.version == end.version == name
            assert runtime.conversations.message(end.message).version == name
            seen.append((end.message, two.adapter(name) if name else None, name))
        assert [name for *_, name in seen] == ["", "soma-v1", "soma-v2", "soma-v1", ""]
        said = set()
        for message, adapter, _ in seen:
            ids = runtime.conversations.message(message).token_ids
            assert ids == await fresh_ids(runtime, message, adapter, starter_path)
            said.add(ids[:8])
        assert len(said) >= 3


async def test_a_conversation_goes_on_in_the_cache_of_its_version(
    home: Home, starter_path: Path, two: Versions
) -> None:
    two.deploy("soma-v1")
    async with open_runtime(home, starter_path) as runtime:
        first = finished(await ask(runtime, "hello, who are you?"))
        second = finished(await ask(runtime, "and you?", first.conversation))
        spent = first.figures.prompt_tokens + first.figures.completion_tokens
        assert second.figures.cached_tokens >= spent - 1


@pytest.mark.parametrize("harm", ["missing", "truncated", "exchanged"])
async def test_an_adapter_that_is_harmed_is_answered_for_by_its_parent_and_it_is_said_once(
    home: Home, starter_path: Path, two: Versions, harm: str
) -> None:
    two.deploy("soma-v2")
    file = two.adapter("soma-v2")
    if harm == "missing":
        file.unlink()
    elif harm == "truncated":
        os.truncate(file, 1000)
    else:
        shutil.copyfile(two.adapter("soma-v1"), file)
    async with open_runtime(home, starter_path) as runtime:
        heard: list[Event] = []
        runtime.subscribe(heard.append)
        first = finished(await ask(runtime, "hello"))
        second = finished(await ask(runtime, "hello again"))
        assert (first.version, second.version) == ("soma-v1", "soma-v1")
        (told,) = notices(heard)
        assert told.startswith("soma-v2 cannot answer: its adapter is ")
        assert told.endswith("; soma-v1 answers instead")


async def test_an_adapter_that_llama_cpp_refuses_is_answered_for_by_its_parent(
    home: Home, starter_path: Path, two: Versions, tmp_path: Path
) -> None:
    unfit = tmp_path / "unfit.gguf"
    make_adapter(starter_path, unfit, architecture="llama")
    digest = file_digest(starter_path)
    two.add(Making(unfit, digest, "starter", parent="soma-v2"))
    two.add(Making(Path(__file__), digest, "starter", parent="soma-v3"))
    two.deploy("soma-v4")
    async with open_runtime(home, starter_path) as runtime:
        heard: list[Event] = []
        runtime.subscribe(heard.append)
        end = finished(await ask(runtime, "hello"))
        assert end.version == "soma-v2"
        assert runtime.conversations.message(end.message).version == "soma-v2"
        assert all(told.startswith("soma-v4 cannot answer: ") for told in notices(heard))
        assert notices(heard)[-1].endswith("; soma-v2 answers instead")
        said = len(notices(heard))
        assert finished(await ask(runtime, "hello again")).version == "soma-v2"
        assert len(notices(heard)) == said


async def test_versions_of_another_base_do_not_serve_and_a_replaced_base_is_said(
    home: Home, starter_path: Path, adapters: list[Path]
) -> None:
    versions = Versions(home.versions)
    versions.add(Making(adapters[0], "0" * 64, "gemma"))
    versions.add(Making(adapters[0], "0" * 64, "starter"))
    async with open_runtime(home, starter_path) as runtime:
        heard: list[Event] = []
        runtime.subscribe(heard.append)
        versions.deploy("soma-v1")
        assert finished(await ask(runtime, "hello")).version == ""
        assert notices(heard) == []
        versions.deploy("soma-v2")
        assert finished(await ask(runtime, "hello")).version == ""
        (told,) = notices(heard)
        assert told == (
            "soma-v2 was trained on another starter than the one that is open, so starter alone "
            "answers; `soma train` makes a version for it"
        )


def test_a_split_models_digest_is_of_all_its_parts(
    home: Home, starter_path: Path, tmp_path: Path
) -> None:
    parts = [tmp_path / f"m-0000{n}-of-00002.gguf" for n in (1, 2)]
    for part in parts:
        part.write_text(part.name)
    header = replace(read_header(starter_path), path=parts[0], parts=2)
    serving = Serving(home, lambda event: None)
    before = serving.base_digest(header)
    parts[1].write_text("another")
    assert serving.base_digest(header) != before


async def test_a_specialist_works_by_its_own_version(
    home: Home, starter_path: Path, adapters: list[Path]
) -> None:
    versions = Versions(home.versions)
    making = Making(adapters[0], file_digest(starter_path), "starter", specialist="coder")
    versions.add(making)
    async with open_runtime(home, starter_path) as runtime:
        engine = await runtime.engine()

        async def told() -> str:
            given = RunOptions(max_tokens=24, seed=1, specialists=("coder",))
            seen = [event async for event in runtime.team.run("what is a loop?", given)]
            assert isinstance(seen[-1], RunEnded)
            assert seen[-1].state == "done", seen[-1]
            return seen[-1].answer

        base = await told()
        assert engine.adapters == 0
        versions.deploy("soma-coder-v1")
        assert await told() != base
        assert engine.adapters == 1
        heard: list[Event] = []
        runtime.subscribe(heard.append)
        versions.adapter("soma-coder-v1").unlink()
        assert await told() == base
        assert [event for event in heard if isinstance(event, events.Notice)]

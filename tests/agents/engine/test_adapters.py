"""Adapters over the real starter: a context each, within the memory, opened and closed on need."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from agents.engine import lanes
from agents.engine.engine import Engine, EngineOptions
from agents.engine.gguf_file import read_header
from agents.engine.memory import need
from agents.engine.requests import Priority
from scripts.bench.make_adapter import make_adapter
from tests.agents.engine_helpers import GREEDY, Answer, answer, never_ending, same_but_for_ties

CONTEXT = 512


@pytest.fixture(scope="module")
def adapters(starter_path: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("adapters")
    made = [folder / f"adapter-{seed}.gguf" for seed in range(3)]
    for seed, path in enumerate(made):
        make_adapter(starter_path, path, scale=0.15, seed=seed)
    return made


async def load(starter: Path, folder: Path, adapter_bytes: int | None = None) -> Engine:
    options = EngineOptions(context=CONTEXT, threads=1, slots=3, adapter_bytes=adapter_bytes)
    return await Engine.load(read_header(starter), log=folder / "llama.log", options=options)


@pytest_asyncio.fixture
async def loaded(starter_path: Path, tmp_path: Path) -> AsyncIterator[Engine]:
    engine = await load(starter_path, tmp_path)
    yield engine
    await engine.close()


def one_context(starter: Path, adapter: Path) -> int:
    needed = need(read_header(starter), CONTEXT, slots=3)
    assert needed is not None
    return needed.cache + needed.compute + adapter.stat().st_size


async def ask(engine: Engine, adapter: Path | None, **options: int) -> Answer:
    prompt = engine.template.opening("", "who are you?")
    return await answer(engine, prompt, adapter=adapter, **{"max_tokens": 12, **options})


async def test_each_adapter_answers_for_itself_also_at_the_same_time(
    loaded: Engine, adapters: list[Path]
) -> None:
    with never_ending(loaded):
        wanted = [None, *adapters]
        alone = [await ask(loaded, one, logprobs=2) for one in wanted]
        assert len({tuple(one.ids) for one in alone}) == 4
        loaded.drop_cached()
        together = await asyncio.gather(*(ask(loaded, one, logprobs=2) for one in wanted * 2))
    assert all(map(same_but_for_ties, together, alone * 2))
    assert loaded.adapters == 3


async def test_an_adapter_that_is_idle_is_closed(
    loaded: Engine, adapters: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    before = (await ask(loaded, adapters[0])).ids
    assert loaded.adapters == 1
    monkeypatch.setattr(lanes, "CLOSE_AFTER_S", 0.0)
    evaluated = loaded.evaluated_tokens
    loaded.drop_cached()
    while loaded.adapters:
        await asyncio.sleep(0.01)
    assert loaded.evaluated_tokens == evaluated
    monkeypatch.undo()
    assert (await ask(loaded, adapters[0])).ids == before


async def test_memory_for_one_adapter_serves_three_in_turn(
    starter_path: Path, adapters: list[Path], tmp_path: Path
) -> None:
    engine = await load(starter_path, tmp_path, one_context(starter_path, adapters[0]))
    most = 0
    with never_ending(engine):
        asked = [asyncio.create_task(ask(engine, one)) for one in adapters * 2]
        while not all(task.done() for task in asked):
            most = max(most, engine.adapters)
            await asyncio.sleep(0)
    ends = [(await task).end.finish for task in asked]
    await engine.close()
    assert (ends, most) == (["length"] * 6, 1)


async def test_what_waits_for_memory_can_be_cancelled(
    starter_path: Path, adapters: list[Path], tmp_path: Path
) -> None:
    engine = await load(starter_path, tmp_path, one_context(starter_path, adapters[0]))
    prompt = engine.template.opening("", "hello")
    with never_ending(engine):
        running = engine.generate(prompt, GREEDY, adapter=adapters[0])
        waiting = engine.generate(prompt, GREEDY, adapter=adapters[1])
        waiting.cancel()
        assert [update async for update in waiting][-1].finish == "cancelled"
        running.cancel()
        assert [update async for update in running][-1].finish in ("cancelled", "context")
    await engine.close()


async def test_an_adapter_that_never_fits_is_refused_with_the_numbers(
    starter_path: Path, adapters: list[Path], tmp_path: Path
) -> None:
    engine = await load(starter_path, tmp_path, one_context(starter_path, adapters[0]) - 1)
    given = await ask(engine, adapters[0])
    assert (given.end.finish, given.text, engine.adapters) == ("error", "", 0)
    assert "MB" in given.end.reason
    assert (await ask(engine, None)).end.finish in ("stop", "length")
    await engine.close()


async def test_what_is_no_adapter_of_this_model_is_refused_with_one_line(
    loaded: Engine, starter_path: Path, adapters: list[Path], tmp_path: Path
) -> None:
    whole = adapters[0].read_bytes()
    (tmp_path / "cut.gguf").write_bytes(whole[: len(whole) // 2])
    make_adapter(starter_path, tmp_path / "llama.gguf", architecture="llama")
    resized = whole.replace(b"blk.0.ffn_down.weight", b"blk.9.ffn_down.weight")
    (tmp_path / "other.gguf").write_bytes(resized)
    wrong = {
        tmp_path / "cut.gguf": "cut.gguf",
        tmp_path / "llama.gguf": "is an adapter for llama",
        tmp_path / "other.gguf": "does not fit",
        tmp_path / "gone.gguf": "cannot be found",
        starter_path: "is a whole model",
    }
    for path, reason in wrong.items():
        given = await ask(loaded, path)
        assert (given.end.finish, given.text) == ("error", "")
        assert reason in given.end.reason
        assert "\n" not in given.end.reason
    assert loaded.adapters == 0
    assert (await ask(loaded, adapters[0])).ids


async def test_an_adapter_deleted_while_in_use_ends_its_answer_and_is_refused_from_then_on(
    loaded: Engine, adapters: list[Path], tmp_path: Path
) -> None:
    path = tmp_path / "adapter.gguf"
    path.write_bytes(adapters[0].read_bytes())
    with never_ending(loaded):
        running = asyncio.create_task(ask(loaded, path, max_tokens=200))
        while not loaded.adapters:
            await asyncio.sleep(0)
        path.unlink()
        assert len((await running).ids) == 200
    given = await ask(loaded, path)
    assert given.end.finish == "error"
    assert "cannot be found" in given.end.reason


async def test_another_version_at_the_same_place_is_another_adapter(
    loaded: Engine, adapters: list[Path], tmp_path: Path
) -> None:
    path = tmp_path / "adapter.gguf"
    path.write_bytes(adapters[0].read_bytes())
    first = await ask(loaded, path)
    path.unlink()
    path.write_bytes(adapters[1].read_bytes())
    assert (await ask(loaded, path)).ids == (await ask(loaded, adapters[1])).ids != first.ids


async def test_chat_through_one_adapter_comes_before_background_through_another(
    loaded: Engine, adapters: list[Path]
) -> None:
    prompt = loaded.template.opening("", "hello")
    with never_ending(loaded):
        background = loaded.generate(
            prompt, GREEDY, max_tokens=400, adapter=adapters[0], priority=Priority.BACKGROUND
        )
        chat = await ask(loaded, adapters[1])
        background.cancel()
        end = [update async for update in background][-1]
    assert chat.end.finish == "length"
    assert end.finish == "cancelled"


async def test_beside_a_training_run_the_engine_takes_half_of_its_threads(
    starter_path: Path, tmp_path: Path
) -> None:
    log = tmp_path / "llama.log"
    options = EngineOptions(context=CONTEXT, threads=2)
    engine = await Engine.load(read_header(starter_path), log=log, options=options)
    await ask(engine, None, max_tokens=1)
    engine.beside_training = True
    assert engine.threads == 1
    assert len((await ask(engine, None, max_tokens=1)).ids) == 1
    context = engine._context
    assert context is not None
    assert context._library.llama_n_threads(context.pointer) == 1
    engine.beside_training = False
    await ask(engine, None, max_tokens=1)
    assert context._library.llama_n_threads(context.pointer) == 2
    await engine.close()

"""Other settings and other models while SOMA is open, on the real starter."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

import pytest

from agents.answering import AnswerOptions
from agents.engine.engine import EngineOptions
from agents.engine.gguf_file import ModelFileError
from agents.engine.sampling import SamplingSettings
from agents.events import Event, ModelReady
from agents.model_settings import SettingError
from agents.models import STARTER_SAMPLING, TrialError
from agents.runtime import Runtime
from store.errors import SomaError
from store.paths import Home
from tests.agents.runtime_helpers import ask, finished, never_ending, open_runtime

PLAIN = AnswerOptions()


async def open_free(home: Home, starter: Path, **options: int) -> Runtime:
    """A runtime whose user asked for nothing but what is given here."""
    runtime = Runtime(home, starter=lambda cache: starter, options=EngineOptions(**options))
    await runtime.open_store()
    await runtime.load_model()
    return runtime


async def test_sampling_and_the_longest_answer_hold_from_the_next_answer_on(
    home: Home, starter_path: Path
) -> None:
    async with open_runtime(home, starter_path) as runtime:
        engine = await runtime.engine()
        assert engine.default_sampling == STARTER_SAMPLING
        await runtime.change_model_settings("starter", {"temperature": 0, "max_tokens": "3"})
        assert await runtime.engine() is engine
        assert engine.default_sampling.temperature == 0
        assert engine.default_sampling.top_k == STARTER_SAMPLING.top_k
        async with never_ending(runtime):
            said = [finished(await ask(runtime, "hello", options=PLAIN)) for _ in range(2)]
        assert [(one.finish, one.figures.completion_tokens) for one in said] == [("length", 3)] * 2
        assert said[0].text == said[1].text


async def test_what_an_answer_asks_for_goes_before_the_model_s_settings(
    home: Home, starter_path: Path
) -> None:
    async with open_runtime(home, starter_path) as runtime:
        await runtime.change_model_settings("starter", {"max_tokens": 2})
        options = AnswerOptions(SamplingSettings(temperature=0), max_tokens=5)
        async with never_ending(runtime):
            answer = finished(await ask(runtime, "hello", options=options))
        assert answer.figures.completion_tokens == 5


async def test_another_context_loads_the_model_again_after_the_answer_that_runs(
    home: Home, starter_path: Path
) -> None:
    runtime = await open_free(home, starter_path, threads=1)
    try:
        assert runtime.model is not None
        assert runtime.model.context_size == 2048
        seen: list[Event] = []
        runtime.subscribe(seen.append)
        options = AnswerOptions(SamplingSettings(temperature=0), max_tokens=20)
        async with never_ending(runtime):
            answer = asyncio.create_task(ask(runtime, "hello", options=options))
            while not any(event.kind == "answer_piece" for event in seen):
                await asyncio.sleep(0.01)
            await runtime.change_model_settings("starter", {"context": 512})
        assert finished(await answer).figures.completion_tokens == 20
        kinds = [event.kind for event in seen]
        assert kinds.index("answer_finished") < kinds.index("model_loading")
        assert (runtime.model.name, runtime.model.context_size) == ("starter", 512)
        assert finished(await ask(runtime, "hello")).figures.context_size == 512
    finally:
        await runtime.close()
    again = await open_free(home, starter_path, threads=1)
    assert again.model is not None
    assert again.model.context_size == 512  # they outlive a restart
    await again.close()


async def test_what_the_command_line_asked_for_goes_before_the_settings(
    home: Home, starter_path: Path
) -> None:
    async with open_runtime(home, starter_path, context=1024) as runtime:
        seen: list[Event] = []
        runtime.subscribe(seen.append)
        await runtime.change_model_settings("starter", {"context": 256, "threads": 2})
        assert seen == []  # nothing to load again
        assert runtime.model is not None
        assert (runtime.model.context_size, runtime.model.threads) == (1024, 1)


async def test_settings_that_are_refused_change_nothing(home: Home, starter_path: Path) -> None:
    async with open_runtime(home, starter_path, load=False) as runtime:
        await runtime.change_model_settings("starter", {"top_k": 7})
        with pytest.raises(SettingError):
            await runtime.change_model_settings("starter", {"top_k": 8, "threads": 0})
        assert runtime.models.model_settings.get("starter").as_dict() == {"top_k": 7}
        await runtime.change_model_settings("starter", {"min_p": 0.5}, reset=True)
        assert runtime.models.model_settings.get("starter").as_dict() == {"min_p": 0.5}


async def test_settings_with_which_the_model_cannot_be_loaded_are_taken_back(
    home: Home, starter_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = await open_free(home, starter_path, threads=1)
    try:
        load = runtime._load_model

        async def refusing(reference: str | None) -> object:
            if runtime.models.model_settings.get("starter").context == 4096:
                await runtime._unload()
                raise SomaError("there is not enough memory for a context of 4,096 tokens")
            return await load(reference)

        monkeypatch.setattr(runtime, "_load_model", refusing)
        with pytest.raises(SomaError, match="not enough memory"):
            await runtime.change_model_settings("starter", {"context": 4096})
        assert runtime.models.model_settings.get("starter").as_dict() == {}
        assert runtime.model is not None
        assert runtime.model.context_size == 2048
        assert finished(await ask(runtime, "hello")).text
    finally:
        await runtime.close()


async def test_a_model_of_another_program_is_tried_added_and_kept_when_it_is_used(
    home: Home, starter_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for variable in ("HF_HOME", "HF_HUB_CACHE", "OLLAMA_MODELS", "LLAMA_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(variable, raising=False)
    folder = tmp_path / ".lmstudio" / "models"
    folder.mkdir(parents=True)
    shutil.copy(starter_path, folder / "friend.gguf")
    async with open_runtime(home, starter_path) as runtime:
        assert (await runtime.use_model("friend")).path == str(folder / "friend.gguf")
        assert [model.name for model in runtime.models.known()] == ["starter", "friend"]
        assert list(runtime.models.found())[1:] == []
    async with open_runtime(home, starter_path) as runtime:
        assert runtime.model is not None
        assert runtime.model.name == "friend"


async def test_a_file_that_fails_leaves_the_model_in_use_alone(
    home: Home, starter_path: Path, tmp_path: Path
) -> None:
    data = starter_path.read_bytes()
    cut, odd = tmp_path / "cut.gguf", tmp_path / "odd.gguf"
    cut.write_bytes(data[:-100])
    key = b"gemma3.attention.head_count"
    at = data.index(key) + len(key) + 4
    odd.write_bytes(data[:at] + b"\x03\0\0\0" + data[at + 4 :])
    async with open_runtime(home, starter_path) as runtime:
        engine = await runtime.engine()
        for path, error in ((cut, ModelFileError), (odd, TrialError)):
            with pytest.raises(error):
                await runtime.use_model(str(path))
        assert await runtime.engine() is engine
        assert [model.name for model in runtime.models.known()] == ["starter"]


async def test_a_model_that_is_gone_gives_way_to_the_one_that_was_in_use(
    home: Home, starter_path: Path, tmp_path: Path
) -> None:
    friend = tmp_path / "friend.gguf"
    shutil.copy(starter_path, friend)
    async with open_runtime(home, starter_path) as runtime:
        await runtime.models.add(friend)
        friend.unlink()
        with pytest.raises(ModelFileError, match="does not exist"):
            await runtime.use_model("friend")
        assert runtime.model is not None
        assert runtime.model.name == "starter"
        assert finished(await ask(runtime, "hello")).text


async def test_two_changes_at_once_are_made_one_after_the_other(
    home: Home, starter_path: Path, tmp_path: Path
) -> None:
    friend = tmp_path / "friend.gguf"
    shutil.copy(starter_path, friend)
    async with open_runtime(home, starter_path, load=False) as runtime:
        await runtime.models.add(friend)
        ready: list[str] = []
        runtime.subscribe(
            lambda event: ready.append(event.model.name) if isinstance(event, ModelReady) else None
        )
        await asyncio.gather(runtime.use_model("friend"), runtime.use_model("starter"))
        assert ready == ["friend", "starter"]
        assert runtime.model is not None
        assert runtime.model.name == "starter"

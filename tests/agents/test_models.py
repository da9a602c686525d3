"""Files that were never loaded before, tried for real in a process that may die of them."""

from __future__ import annotations

import random
import struct
from pathlib import Path

import pytest

from agents.engine.gguf_file import ModelFileError
from agents.models import ModelLibrary, TrialError, UnknownModelError
from store.database import Database
from store.errors import SomaError
from store.paths import Home
from store.settings import Settings


@pytest.fixture
def library(home: Home, starter_path: Path) -> ModelLibrary:
    settings = Settings(Database.open(home))
    return ModelLibrary(settings, home.cache, home.logs / "llama.log", lambda cache: starter_path)


def with_number(data: bytes, key: str, value: int) -> bytes:
    """The file with another value behind a key of type uint32."""
    changed = bytearray(data)
    struct.pack_into("<I", changed, data.index(key.encode()) + len(key) + 4, value)
    return bytes(changed)


async def test_a_file_that_aborts_llama_cpp_takes_only_the_trial_down(
    library: ModelLibrary, starter_path: Path, tmp_path: Path
) -> None:
    path = tmp_path / "deadly.gguf"
    path.write_bytes(with_number(starter_path.read_bytes(), "gemma3.block_count", 100_000))
    with pytest.raises(TrialError, match=r"SIGABRT when it tried deadly\.gguf"):
        await library.add(path)
    assert [model.name for model in library.known()] == ["starter"]


async def test_a_file_that_llama_cpp_refuses_is_refused_with_the_log_named(
    library: ModelLibrary, starter_path: Path, tmp_path: Path
) -> None:
    path = tmp_path / "odd.gguf"
    path.write_bytes(with_number(starter_path.read_bytes(), "gemma3.attention.head_count", 3))
    with pytest.raises(TrialError, match=r"cannot load odd\.gguf; .*llama\.log"):
        await library.add(path)


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("wanted", [8, pytest.param(100, marks=pytest.mark.torture)])
async def test_headers_with_flipped_bytes_never_hurt_this_process(
    library: ModelLibrary, starter_path: Path, tmp_path: Path, wanted: int
) -> None:
    data = starter_path.read_bytes()
    seed = random.Random(4)
    tried = 0
    reasons: list[str] = []
    for number in range(50 * wanted):
        changed = bytearray(data)
        for _ in range(seed.randint(1, 3)):
            changed[seed.randrange(8, 3000)] ^= 1 << seed.randrange(8)
        path = tmp_path / f"flipped-{number}.gguf"
        path.write_bytes(changed)
        try:
            await library.add(path)
        except ModelFileError:
            continue
        except SomaError as error:
            reasons.append(str(error))
        finally:
            path.unlink()
        tried += 1
        if tried == wanted:
            break
    assert tried == wanted
    assert not any("\n" in reason for reason in reasons)


async def test_a_file_that_passed_is_not_tried_again(
    library: ModelLibrary, starter_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "friend.gguf"
    path.write_bytes(starter_path.read_bytes())
    await library.add(path)

    async def no_second_trial(*_: object) -> None:
        raise AssertionError("tried twice")

    monkeypatch.setattr("agents.models._try_in_child", no_second_trial)
    name, header = library.resolve("friend")
    assert name == "friend"
    await library.try_once(header)
    path.write_bytes(with_number(path.read_bytes(), "gemma3.attention.head_count", 2))
    with pytest.raises(AssertionError, match="tried twice"):
        await library.try_once(library.resolve("friend")[1])


async def test_two_files_of_one_name_both_have_a_name(
    library: ModelLibrary, starter_path: Path, tmp_path: Path
) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        path = tmp_path / folder / "model.gguf"
        path.write_bytes(starter_path.read_bytes())
        await library.add(path)
    await library.add(path)
    assert [model.name for model in library.known()] == ["starter", "model", "model-2"]


def test_an_unknown_name_says_how_to_find_the_known_ones(library: ModelLibrary) -> None:
    with pytest.raises(UnknownModelError, match="soma models list"):
        library.resolve("nowhere")
    with pytest.raises(UnknownModelError):
        library.choose("nowhere")

"""Files that were never loaded before, tried for real in a process that may die of them."""

from __future__ import annotations

import random
import struct
from pathlib import Path

import pytest

from agents.engine.gguf_file import ModelFileError
from agents.found_models import Finder
from agents.model_settings import ModelSettings
from agents.models import KnownModel, ModelLibrary, TrialError, UnknownModelError, whereabouts
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

    monkeypatch.setattr("agents.models.try_in_child", no_second_trial)
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


async def test_looking_goes_on_when_the_file_of_the_model_in_use_is_gone(
    home: Home, starter_path: Path, tmp_path: Path
) -> None:
    friend = tmp_path / ".lmstudio" / "models" / "friend.gguf"
    friend.parent.mkdir(parents=True)
    friend.write_bytes(starter_path.read_bytes())
    library = ModelLibrary(
        Settings(Database.open(home)),
        home.cache,
        home.logs / "llama.log",
        lambda cache: starter_path,
        Finder({}, tmp_path, tmp_path),
    )
    gone = str(tmp_path / "gone.gguf")
    _, found = library.found(gone)
    assert isinstance(found, KnownModel)
    assert (found.name, found.in_use, found.source) == ("friend", False, "LM Studio")
    assert [model.in_use for model in library.known(gone)] == [False]


async def test_links_of_the_hugging_face_cache_keep_their_names(
    library: ModelLibrary, starter_path: Path, tmp_path: Path
) -> None:
    blob, link = tmp_path / "blobs" / "0123", tmp_path / "snapshots" / "gemma.gguf"
    for path in (blob, link):
        path.parent.mkdir()
    blob.write_bytes(starter_path.read_bytes())
    link.symlink_to(blob)
    assert (await library.add(link)).path == str(link)
    other = tmp_path / "other.gguf"
    other.symlink_to(starter_path)
    assert (await library.add(other)).path == str(starter_path.resolve())
    assert whereabouts(link) == link


async def test_a_file_called_like_the_starter_gets_another_name(
    library: ModelLibrary, starter_path: Path, tmp_path: Path
) -> None:
    path = tmp_path / "starter.gguf"
    path.write_bytes(starter_path.read_bytes())
    assert library.resolve(str(path))[0] == "starter-2"
    assert (await library.add(path)).name == "starter-2"


async def test_forgetting_a_model_forgets_its_settings(
    library: ModelLibrary, starter_path: Path, tmp_path: Path
) -> None:
    path = tmp_path / "friend.gguf"
    path.write_bytes(starter_path.read_bytes())
    await library.add(path)
    library.model_settings.set("friend", ModelSettings(context=512))
    (line,) = [model for model in library.known() if model.name == "friend"]
    assert line.memory is not None
    assert line.memory.context == 512
    library.remove("friend")
    assert library.model_settings.get("friend") == ModelSettings()

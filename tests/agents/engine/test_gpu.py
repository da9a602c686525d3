"""What of a model goes onto graphics cards, and how cards are found."""

from __future__ import annotations

import ctypes
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from agents.engine import gpu
from agents.engine.engine import Engine, EngineOptions
from agents.engine.gguf_file import GgufHeader, read_header
from agents.engine.gpu import Device, Offload, cards, devices, offload
from agents.engine.memory import COMFORTABLE, need
from agents.model_listing import describe
from agents.model_settings import ModelSettings
from soma_tui.model_rows import details

CONTEXT = 1024


@pytest.fixture
def header(starter_path: Path) -> GgufHeader:
    return read_header(starter_path)


def card(free: float, kind: int = 1) -> Device:
    return Device("FakeCard", kind, int(free), 2 * int(free))


def fitting(header: GgufHeader, free: float, count: int = 1) -> Offload:
    found = offload(header, CONTEXT, [card(free / count)] * count)
    assert found is not None
    return found


def test_without_a_card_there_is_nothing_to_say(header: GgufHeader) -> None:
    assert offload(header, CONTEXT, []) is None


def test_more_memory_takes_more_layers_and_never_more_than_is_free(header: GgufHeader) -> None:
    needed = need(header, CONTEXT)
    assert needed is not None
    assert header.block_count is not None
    steps = [fitting(header, needed.total * share / 50) for share in range(101)]
    layers = [one.layers for one in steps]
    assert layers == sorted(layers)
    assert (layers[0], layers[-1]) == (0, header.block_count + 1)
    assert set(layers) == set(range(header.block_count + 2))
    for share, one in enumerate(steps):
        assert one.size <= needed.total * share / 50 * COMFORTABLE
        assert one.of == header.block_count + 1
    assert steps[-1].size == pytest.approx(needed.total, rel=0.01)


def test_two_cards_need_room_to_work_in_on_each(header: GgufHeader) -> None:
    needed = need(header, CONTEXT)
    assert needed is not None
    free = (needed.total + 1000) / COMFORTABLE
    assert fitting(header, free).layers > fitting(header, free, count=2).layers


def test_a_longer_context_leaves_room_for_fewer_layers(header: GgufHeader) -> None:
    needed = need(header, CONTEXT)
    assert needed is not None
    free = [card(needed.total / COMFORTABLE)]
    short, long = offload(header, CONTEXT, free), offload(header, 8 * CONTEXT, free)
    assert short is not None
    assert long is not None
    assert short.layers > long.layers


def test_a_header_that_says_too_little_goes_whole_or_not_at_all(header: GgufHeader) -> None:
    unknown = replace(header, cache_bytes_per_token=None)
    assert fitting(unknown, 4 * header.size_bytes).layers == (header.block_count or 0) + 1
    assert fitting(unknown, header.size_bytes).layers == 0


@pytest.mark.parametrize(
    ("one", "said"),
    [
        (Offload(7, 7, 1), "all of 7 layers"),
        (Offload(3, 7, 1), "3 of 7 layers"),
        (Offload(0, 7, 0), "none of 7 layers fits what is free"),
    ],
)
def test_it_is_told_in_words(one: Offload, said: str) -> None:
    assert str(one) == said


def test_llama_cpp_tells_of_its_devices() -> None:
    found = devices()
    assert any(one.kind == 0 and one.total >= one.free > 0 and one.name for one in found)


class FakeFunction:
    """A function of a C library that gives what it was made for, by the device."""

    def __init__(self, call: object) -> None:
        self.call = call

    def __call__(self, *arguments: object) -> object:
        return self.call(*arguments)  # type: ignore[operator]


def fake_ggml(*found: Device) -> SimpleNamespace:
    def memory(number: int, free: ctypes.c_size_t, total: ctypes.c_size_t) -> None:
        free.value, total.value = found[number].free, found[number].total

    functions = {
        "count": lambda: len(found),
        "get": lambda number: number,
        "description": lambda number: found[number].name.encode(),
        "type": lambda number: found[number].kind,
        "memory": memory,
    }
    named = {f"ggml_backend_dev_{name}": FakeFunction(call) for name, call in functions.items()}
    return SimpleNamespace(**named)


def test_cards_of_their_own_memory_go_before_one_that_shares_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    processor, own, shared = card(5, 0), card(7, 1), card(9, 2)
    monkeypatch.setattr(gpu, "_has_backend", lambda: True)
    for found, wanted in (
        ((processor, shared, own, own), [own, own]),
        ((processor, shared), [shared]),
        ((processor,), []),
    ):
        ggml = fake_ggml(*found)
        assert devices(ggml) == list(found)
        monkeypatch.setattr(gpu, "devices", lambda ggml=ggml: devices(ggml))
        assert cards() == wanted


@pytest.mark.parametrize(
    ("files", "has"),
    [
        (("libggml.so", "libggml-base.so.0", "libggml-cpu.so", "libggml-cpu-haswell.so"), False),
        (("libggml-cpu.so", "libggml-cuda.so"), True),
        (("libggml-metal.dylib",), True),
        ((), False),
    ],
)
def test_a_build_for_the_processor_alone_is_known_by_its_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, files: tuple[str, ...], has: bool
) -> None:
    (tmp_path / "lib").mkdir()
    for name in files:
        (tmp_path / "lib" / name).touch()
    found = SimpleNamespace(origin=str(tmp_path / "__init__.py"))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: found)
    assert gpu._has_backend() is has


async def test_the_engine_asks_for_the_layers_that_fit(
    header: GgufHeader, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    needed = need(header, CONTEXT)
    assert needed is not None
    half = card(needed.total / 2 / COMFORTABLE)
    monkeypatch.setattr("agents.engine.engine.cards", lambda: [half])
    options = EngineOptions(context=CONTEXT, threads=1)
    engine = await Engine.load(header, log=tmp_path / "llama.log", options=options)
    await engine.close()
    assert engine.offload == offload(header, CONTEXT, [half])
    assert 0 < engine.offload.layers < engine.offload.of
    options = EngineOptions(context=CONTEXT, threads=1, gpu_layers=0)
    engine = await Engine.load(header, log=tmp_path / "llama.log", options=options)
    await engine.close()
    assert engine.offload is None


def test_a_model_tells_what_goes_onto_the_card(
    header: GgufHeader, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told(settings: ModelSettings) -> dict[str, str]:
        return dict(details(describe("m", header, settings, None), settings, Path("/")))

    assert "graphics card" not in told(ModelSettings())
    monkeypatch.setattr("agents.model_listing.cards", lambda: [card(1e9)])
    layers = (header.block_count or 0) + 1
    assert told(ModelSettings())["graphics card"].startswith(f"all of {layers} layers (")
    said = told(ModelSettings(gpu_layers=2))["graphics card"]
    assert said == f"2 layers, by your setting; all of {layers} layers would fit"
    monkeypatch.setattr("agents.model_listing.cards", lambda: [card(1e4)])
    assert told(ModelSettings())["graphics card"] == f"none of {layers} layers fits what is free"

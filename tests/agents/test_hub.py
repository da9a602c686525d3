"""Models from a hub: what a reference means, what is fetched, and all that can go wrong."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from agents import hub as module
from agents.hub import Hub, HubError, StoppedError, split_reference
from agents.hub_files import choose_checkpoint, choose_gguf, quantisation_of
from agents.model_offers import OFFERS
from tests.agents.fake_hub import COMMIT, FakeHub, serving

WEIGHTS = bytes(range(256)) * 8192
CHECKPOINT = {"model.safetensors": b"w" * 999, "config.json": b"{}", "tokenizer.json": b"{}"}


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[FakeHub]:
    monkeypatch.setenv("HOME", str(tmp_path / "user"))
    monkeypatch.delenv("HF_TOKEN", raising=False)
    files = {"m-Q8_0.gguf": WEIGHTS, "m-Q4_K_M.gguf": WEIGHTS[:5000], **CHECKPOINT}
    with serving(files) as hub:
        monkeypatch.setenv("HF_ENDPOINT", hub.endpoint)
        yield hub


def fetch(folder: Path, reference: str, **options: bool) -> list[Path]:
    download = Hub().look_up(reference, **options)
    return Hub().fetch(download, folder, lambda *_: None, threading.Event())


def test_a_model_is_fetched_with_its_progress(hub: FakeHub, tmp_path: Path) -> None:
    download = Hub().look_up("org/model:q8_0")
    assert (download.commit, download.licence, download.size_bytes) == (
        COMMIT,
        "apache-2.0",
        len(WEIGHTS),
    )
    told: list[tuple[int, int]] = []
    (path,) = Hub().fetch(download, tmp_path, lambda *step: told.append(step), threading.Event())
    assert path == tmp_path / "org--model" / "m-Q8_0.gguf"
    assert path.read_bytes() == WEIGHTS
    assert told == sorted(told)
    assert told[-1] == (len(WEIGHTS), len(WEIGHTS))


def test_what_is_there_is_not_fetched_again(hub: FakeHub, tmp_path: Path) -> None:
    first = fetch(tmp_path, "org/model")
    hub.asked.clear()
    assert fetch(tmp_path, "org/model") == first
    assert [path for _, path, _ in hub.asked] == ["/api/models/org/model"]


def test_a_connection_that_is_cut_is_taken_up_where_it_ended(hub: FakeHub, tmp_path: Path) -> None:
    hub.cuts = 1
    (path,) = fetch(tmp_path, "org/model/m-Q8_0.gguf")
    assert path.read_bytes() == WEIGHTS
    assert hub.asked[-1][2] == f"bytes={len(WEIGHTS) // 2}-"


def test_a_download_that_was_stopped_goes_on_next_time(hub: FakeHub, tmp_path: Path) -> None:
    stopped = threading.Event()
    download = Hub().look_up("org/model:Q8_0")
    stopped.set()
    with pytest.raises(StoppedError):
        Hub().fetch(download, tmp_path, lambda *_: None, stopped)
    (part,) = (tmp_path / "org--model").iterdir()
    part.write_bytes(WEIGHTS[:100_000])
    (path,) = fetch(tmp_path, "org/model:Q8_0")
    assert path.read_bytes() == WEIGHTS
    assert hub.asked[-1][2] == "bytes=100000-"
    assert list((tmp_path / "org--model").iterdir()) == [path]


def test_a_file_with_another_checksum_is_not_kept(hub: FakeHub, tmp_path: Path) -> None:
    hub.digests["m-Q8_0.gguf"] = "0" * 64
    with pytest.raises(HubError, match="SHA-256 differs"):
        fetch(tmp_path, "org/model:Q8_0")
    assert not list((tmp_path / "org--model").iterdir())


def test_a_gated_repository_says_what_to_do(
    hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hub.token = "hf_secret"
    with pytest.raises(HubError, match=r"accept its licence at .*/org/model, then give a token"):
        fetch(tmp_path, "org/model")
    download = Hub().look_up("org/model")
    opened = Hub(token="hf_secret")
    assert opened.fetch(download, tmp_path, lambda *_: None, threading.Event())[0].is_file()


def test_no_room_is_said_before_anything_is_fetched(
    hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module.shutil, "disk_usage", lambda _: SimpleNamespace(free=1000))
    with pytest.raises(HubError, match=r"needs 0.00 GB and 0.00 GB are free in .*; make room"):
        fetch(tmp_path, "org/model")
    assert not [path for _, path, _ in hub.asked if "/resolve/" in path]


def test_an_unknown_repository_and_a_hub_out_of_reach(
    hub: FakeHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(HubError, match="there is no repository org/other"):
        Hub().look_up("org/other")
    with pytest.raises(HubError, match="check the name"):
        Hub().look_up("org/--")
    hub.shutdown()
    hub.server_close()
    with pytest.raises(HubError, match="cannot be reached"):
        Hub().look_up("org/model")


def test_a_checkpoint_is_its_safetensors_configuration_and_tokenizer(
    hub: FakeHub, tmp_path: Path
) -> None:
    paths = fetch(tmp_path, "org/model", checkpoint=True)
    assert {path.name: path.read_bytes() for path in paths} == CHECKPOINT


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"pytorch_model.bin": 1, "config.json": 1}, "only safetensors are taken"),
        ({"model.safetensors": 1}, "no config.json"),
        ({"config.json": 1}, "no weights"),
    ],
)
def test_a_repository_that_is_no_checkpoint(files: dict[str, int], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        choose_checkpoint(files)


def test_the_most_usual_quantisation_is_chosen() -> None:
    sizes = {"a-Q8_0.gguf": 9, "a-Q4_K_M.gguf": 4, "mmproj-a-f16.gguf": 1, "README.md": 1}
    assert choose_gguf(sizes) == "a-Q4_K_M.gguf"
    assert choose_gguf(sizes, "Q8_0") == "a-Q8_0.gguf"
    assert choose_gguf({"only.gguf": 1}) == "only.gguf"
    for files, wanted, reason in (
        (sizes, "Q2_K", "has no Q2_K; it has Q4_K_M, Q8_0"),
        ({"one.gguf": 1, "two.gguf": 1}, "", "several GGUF files"),
        ({"model.safetensors": 1}, "", "--checkpoint"),
        ({"a-Q4_0-00001-of-00002.gguf": 1}, "", "several parts"),
    ):
        with pytest.raises(ValueError, match=reason):
            choose_gguf(files, wanted)


def test_references() -> None:
    assert split_reference("a/b") == ("a/b", "")
    assert split_reference("a/b:Q4_0") == ("a/b", "Q4_0")
    assert split_reference("a/b/sub/c.gguf") == ("a/b", "sub/c.gguf")
    for wrong in ("b", "", "/b", "a//c"):
        with pytest.raises(HubError, match="names no model; give OWNER/NAME"):
            split_reference(wrong)
    for offer in OFFERS:
        assert split_reference(offer.reference)[1]
        assert quantisation_of(f"x-{split_reference(offer.reference)[1]}.gguf")

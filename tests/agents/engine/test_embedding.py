"""The embedding engine: batches, order, threads, and files that are none."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from agents.embedder import FILE, embedder_places, find_embedder
from agents.engine import embedding as module
from agents.engine.embedding import EmbeddingError, EmbeddingModel
from agents.engine.gguf_file import ModelFileError
from tests.training.tiny_bert import write_bert
from training.convert import convert_checkpoint


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("embedding")
    write_bert(folder / "tiny")
    convert_checkpoint(folder / "tiny", folder / "tiny.gguf", "f32")
    return folder / "tiny.gguf"


@pytest.fixture
def model(path: Path) -> Iterator[EmbeddingModel]:
    model = EmbeddingModel(path)
    yield model
    model.close()


def test_a_text_has_one_vector_whatever_it_is_embedded_with(model: EmbeddingModel) -> None:
    texts = [f"kevo shali {'moti ' * number}" for number in range(70)]
    together = model.embed(texts)
    assert together.shape == (70, model.size)
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    alone = np.concatenate([model.embed([text]) for text in texts])
    assert np.allclose(together, alone, atol=2e-3)
    assert not np.allclose(together[1:], alone[:-1], atol=2e-3)
    assert model.embed([]).shape == (0, model.size)


def test_what_lies_behind_256_tokens_does_not_count(model: EmbeddingModel) -> None:
    long = "kevo " * 300
    a, b, c = model.embed([long, long + "shali moti", "shali moti " + long])
    assert np.allclose(a, b, atol=2e-3)
    assert not np.allclose(a, c, atol=2e-3)


@pytest.mark.parametrize("text", ["", " ", "\x00", "\ud800", "日本語" * 9999, "x" * 100_000, "🙂"])
def test_any_text_has_a_vector(model: EmbeddingModel, text: str) -> None:
    (vector,) = model.embed([text])
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)


def test_an_urgent_text_does_not_wait_for_the_rest(model: EmbeddingModel) -> None:
    done: list[str] = []
    model.embed(["warm"])

    def background() -> None:
        model.embed(["kevo shali moti " * 20] * 400)
        done.append("background")

    thread = threading.Thread(target=background)
    thread.start()
    model.embed(["now"], urgent=True)
    done.append("urgent")
    thread.join()
    assert done == ["urgent", "background"]


def test_a_closed_model_refuses(path: Path) -> None:
    model = EmbeddingModel(path)
    model.close()
    with pytest.raises(EmbeddingError, match="closed"):
        model.embed(["x"])
    model.close()


def test_who_waits_while_it_closes_is_told(path: Path) -> None:
    model = EmbeddingModel(path)
    outcome: list[object] = []

    def background() -> None:
        try:
            outcome.append(model.embed(["kevo shali " * 40] * 4000))
        except EmbeddingError as error:
            outcome.append(str(error))

    thread = threading.Thread(target=background)
    thread.start()
    model.embed(["now"], urgent=True)
    model.close()
    thread.join()
    assert outcome == ["the embedding model is closed"]


def test_an_error_in_llama_cpp_is_told_and_ends_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module.Batch, "decode", lambda batch, context: -1)
    model = EmbeddingModel(path)
    with pytest.raises(EmbeddingError):
        model.embed(["x"])
    with pytest.raises(EmbeddingError):
        model.embed(["x"])
    model.close()


def test_a_file_that_llama_cpp_refuses_is_told(path: Path, tmp_path: Path) -> None:
    spoilt = tmp_path / "spoilt.gguf"
    data = path.read_bytes()
    spoilt.write_bytes(data.replace(b"blk.0.attn_q.weight", b"blk.9.attn_q.weight"))
    model = EmbeddingModel(spoilt)
    with pytest.raises(EmbeddingError, match="cannot load"):
        model.embed(["x"])
    model.close()


def test_a_chat_model_is_no_embedding_model(starter_path: Path) -> None:
    with pytest.raises(ModelFileError, match="no BERT that gives vectors"):
        EmbeddingModel(starter_path)


def test_the_model_is_found_in_the_cache_or_the_environment(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.prefix", str(tmp_path / "prefix"))
    cache = tmp_path / "cache"
    cache.mkdir()
    assert find_embedder(cache) is None
    beside = tmp_path / "prefix" / "share" / "soma" / FILE
    beside.parent.mkdir(parents=True)
    beside.write_bytes(path.read_bytes())
    assert embedder_places(cache) == (cache / FILE, beside)
    assert find_embedder(cache) is not None
    (cache / FILE).write_bytes(b"no model")
    with pytest.raises(ModelFileError):
        find_embedder(cache)

"""Reading the header of a model file: what it says, what is refused, and that nothing crashes."""

from __future__ import annotations

import ctypes
import json
import os
import random
import struct
import subprocess
import sys
import tempfile
import time
import tracemalloc
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import gguf
import numpy as np
import pytest
from gguf import GGMLQuantizationType as Type
from hypothesis import given, settings
from hypothesis import strategies as st
from llama_cpp._ggml import libggml

from agents.engine import gguf_layout
from agents.engine.gguf_file import ModelFileError, check_can_chat, read_header

TEMPLATE = "{{ bos_token }}{% for message in messages %}{{ message['content'] }}{% endfor %}"
Change = Callable[[gguf.GGUFWriter], None]


def write_model(
    path: Path,
    *changes: Change,
    architecture: str = "gemma3",
    tokens: int = 600,
    weights: bool = True,
    file_type: int | None = 7,
    template: str | None = TEMPLATE,
) -> Path:
    writer = gguf.GGUFWriter(path, architecture)
    writer.add_name("Small one")
    if file_type is not None:
        writer.add_file_type(file_type)
    writer.add_context_length(2048)
    writer.add_embedding_length(64)
    writer.add_block_count(1)
    if tokens:
        writer.add_tokenizer_model("llama")
        writer.add_token_list([f"token {number} ▁é" for number in range(tokens)])
        writer.add_token_scores([-float(number) for number in range(tokens)])
        writer.add_token_types([1] * tokens)
        writer.add_add_bos_token(True)
    if template is not None:
        writer.add_chat_template(template)
    for change in changes:
        change(writer)
    if weights:
        chooser = np.random.default_rng(1)
        embedding = chooser.normal(size=(600, 64)).astype(np.float32)
        writer.add_tensor(
            "token_embd.weight", gguf.quants.quantize(embedding, Type.Q8_0), raw_dtype=Type.Q8_0
        )
        writer.add_tensor("output_norm.weight", np.ones(64, np.float32))
        writer.add_tensor("blk.0.attn_norm.weight", np.ones(64, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_model(tmp_path_factory.mktemp("gguf") / "small.gguf")


def refusal(path: Path) -> str:
    with pytest.raises(ModelFileError) as caught:
        read_header(path)
    message = str(caught.value)
    assert str(path.parent) in message
    assert "\n" not in message
    return message


def chat_refusal(path: Path) -> str:
    with pytest.raises(ModelFileError) as caught:
        check_can_chat(read_header(path))
    return str(caught.value)


def test_says_what_the_file_says(model: Path) -> None:
    header = read_header(model)
    assert header.path == model
    assert header.name == "Small one"
    assert (header.architecture, header.kind, header.quantisation) == ("gemma3", "model", "Q8_0")
    assert header.parameters == 600 * 64 + 64 + 64
    assert (header.context_length, header.embedding_length, header.block_count) == (2048, 64, 1)
    assert (header.vocabulary_size, header.tokenizer_model, header.add_bos) == (600, "llama", True)
    assert header.chat_template == TEMPLATE
    assert header.has_tensors
    assert not header.is_embedder
    assert header.size_bytes == model.stat().st_size
    check_can_chat(header)


def test_agrees_with_the_gguf_package(model: Path) -> None:
    layout = gguf_layout.read_layout(model)
    reader = gguf.GGUFReader(model)
    assert [(t.name, t.elements, t.size) for t in layout.tensors] == [
        (t.name, t.n_elements, t.n_bytes) for t in reader.tensors
    ]
    assert [layout.data_start + t.start for t in layout.tensors] == [
        t.data_offset for t in reader.tensors
    ]
    own = {field for field in reader.fields if not field.startswith("GGUF.")}
    assert set(layout.values) == own


def test_block_sizes_are_those_of_llama_cpp() -> None:
    ggml = ctypes.CDLL(libggml._name)
    ggml.ggml_type_size.restype = ctypes.c_size_t
    ggml.ggml_blck_size.restype = ctypes.c_int64
    ggml.ggml_type_name.restype = ctypes.c_char_p
    for kind, (name, block, size) in gguf_layout.TENSOR_TYPES.items():
        assert (ggml.ggml_blck_size(kind), ggml.ggml_type_size(kind)) == (block, size), name
        assert ggml.ggml_type_name(kind).decode().upper() == name.upper()


def test_quantisation_is_the_commonest_type_when_the_file_names_none(tmp_path: Path) -> None:
    assert read_header(write_model(tmp_path / "a.gguf", file_type=None)).quantisation == "Q8_0"
    assert read_header(write_model(tmp_path / "b.gguf", file_type=15)).quantisation == "Q4_K_M"
    assert read_header(write_model(tmp_path / "c.gguf", file_type=999)).quantisation == "Q8_0"


def test_control_characters_in_a_name_are_not_kept(tmp_path: Path) -> None:
    path = write_model(
        tmp_path / "a.gguf", lambda w: w.add_name("\x1b[31mred\x07\nname" + "x" * 500)
    )
    name = read_header(path).name
    assert name.isprintable()
    assert name.startswith("[31mred name")
    assert len(name) <= 120


def test_fingerprints(tmp_path: Path) -> None:
    first = read_header(write_model(tmp_path / "a.gguf"))
    same = read_header(write_model(tmp_path / "b.gguf"))
    assert (first.fingerprint, first.vocabulary) == (same.fingerprint, same.vocabulary)

    tuned_path = write_model(tmp_path / "c.gguf")
    with tuned_path.open("r+b") as file:
        file.seek(-200, os.SEEK_END)
        file.write(b"\x01" * 100)
    tuned = read_header(tuned_path)
    assert tuned.fingerprint != first.fingerprint
    assert tuned.vocabulary == first.vocabulary

    other_template = read_header(write_model(tmp_path / "d.gguf", template="{{ messages }}"))
    assert other_template.vocabulary != first.vocabulary
    fewer_tokens = read_header(write_model(tmp_path / "e.gguf", tokens=599))
    assert fewer_tokens.vocabulary != first.vocabulary


def test_imports_neither_numpy_nor_gguf() -> None:
    program = "import sys, agents.engine.gguf_file; print({'numpy', 'gguf'} & set(sys.modules))"
    root = Path(__file__).parents[3]
    done = subprocess.run([sys.executable, "-c", program], cwd=root, capture_output=True, text=True)
    assert done.stdout.strip() == "set()", done.stderr


def test_a_vocabulary_of_262144_tokens_is_quick(tmp_path: Path) -> None:
    path = write_model(tmp_path / "large.gguf", tokens=262_144)
    times = []
    for _ in range(3):
        started = time.process_time()
        assert read_header(path).vocabulary_size == 262_144
        times.append(time.process_time() - started)
    assert min(times) < 0.3


# What is not a model file at all.


def test_no_such_file(tmp_path: Path) -> None:
    assert "does not exist" in refusal(tmp_path / "none.gguf")
    (tmp_path / "file").write_bytes(b"x")
    assert "does not exist" in refusal(tmp_path / "file" / "inside.gguf")


def test_a_directory(tmp_path: Path) -> None:
    (tmp_path / "folder.gguf").mkdir()
    assert "is a folder" in refusal(tmp_path / "folder.gguf")


def test_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "empty.gguf").touch()
    assert "is empty" in refusal(tmp_path / "empty.gguf")


def test_a_pipe_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.gguf")
    assert "not a regular file" in refusal(tmp_path / "pipe.gguf")


@pytest.fixture
def unreadable(model: Path) -> Iterator[Path]:
    path = Path(tempfile.gettempdir()) / f"unreadable-{os.getpid()}.gguf"
    path.write_bytes(model.read_bytes())
    path.chmod(0)
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    yield path
    if root:
        os.seteuid(0)
    path.unlink()


def test_no_permission(unreadable: Path) -> None:
    assert "no permission to read" in refusal(unreadable)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (struct.pack("<Q", 40) + b'{"__metadata__":{}}' + b" " * 40, "safetensors"),
        (b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.", "PyTorch"),
        (b"<!DOCTYPE html><html><body>Sign in</body></html>", "web page"),
        (b"\n <html>404</html>", "web page"),
        (b'{"error": "Repository not found"}', "JSON"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 1\n", "git lfs pull"),
        (b"lmgg" + bytes(100), "GGML format"),
        (b"\x1f\x8b\x08\x00" + bytes(50), "gzip"),
        (b"\x00" * 5000, "does not begin with the letters GGUF"),
        (b"GG", "does not begin with the letters GGUF"),
        (b"{" * 100_000, "JSON"),
    ],
)
def test_other_files_are_named(tmp_path: Path, content: bytes, expected: str) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(content)
    message = refusal(path)
    assert "is not a GGUF model" in message
    assert expected in message


def test_a_zip_file_is_named(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "model.gguf", "w") as archive:
        archive.writestr("data.pkl", "x")
    assert "zip or PyTorch" in refusal(tmp_path / "model.gguf")


def test_an_ollama_manifest_leads_to_its_blob(tmp_path: Path) -> None:
    layer = {"mediaType": "application/vnd.ollama.image.model", "digest": "sha256:0123abcd"}
    (tmp_path / "latest").write_text(json.dumps({"schemaVersion": 2, "layers": [layer]}))
    assert "blobs/sha256-0123abcd" in refusal(tmp_path / "latest")
    layer["digest"] = "sha256:\x1b[2J"
    (tmp_path / "latest").write_text(json.dumps({"schemaVersion": 2, "layers": [layer]}))
    assert "\x1b" not in refusal(tmp_path / "latest")


# GGUF files that are damaged, or of a kind that cannot be read.


def patched(path: Path, tmp_path: Path, place: int, value: bytes) -> Path:
    content = bytearray(path.read_bytes())
    content[place : place + len(value)] = value
    (tmp_path / "patched.gguf").write_bytes(content)
    return tmp_path / "patched.gguf"


@pytest.mark.parametrize(
    ("version", "expected"),
    [(1, "version 1"), (4, "version 4"), (0, "version 0"), (3 << 24, "big-endian")],
)
def test_other_versions(model: Path, tmp_path: Path, version: int, expected: str) -> None:
    assert expected in refusal(patched(model, tmp_path, 4, struct.pack("<I", version)))


def test_version_2_is_read(model: Path, tmp_path: Path) -> None:
    assert read_header(patched(model, tmp_path, 4, struct.pack("<I", 2))).parameters == 38_528


@pytest.mark.parametrize("place", [8, 16])
@pytest.mark.parametrize("count", [70_000, 2**40, 2**64 - 1])
def test_impossible_counts(model: Path, tmp_path: Path, place: int, count: int) -> None:
    assert "it claims" in refusal(patched(model, tmp_path, place, struct.pack("<Q", count)))


def test_truncated_weights_say_how_much_is_missing(model: Path, tmp_path: Path) -> None:
    content = model.read_bytes()
    (tmp_path / "short.gguf").write_bytes(content[:-1000])
    message = refusal(tmp_path / "short.gguf")
    assert f"1,000 of {len(content):,} bytes are missing" in message


def test_truncated_header(model: Path, tmp_path: Path) -> None:
    (tmp_path / "short.gguf").write_bytes(model.read_bytes()[:3000])
    assert "ends inside its header (3,000 bytes are there)" in refusal(tmp_path / "short.gguf")


def header_bytes(*entries: bytes, tensors: tuple[bytes, ...] = ()) -> bytes:
    return struct.pack("<4sIQQ", b"GGUF", 3, len(tensors), len(entries)) + b"".join(
        (*entries, *tensors)
    )


def text(value: str | bytes) -> bytes:
    raw = value.encode() if isinstance(value, str) else value
    return struct.pack("<Q", len(raw)) + raw


def entry(key: str | bytes, kind: int, value: bytes) -> bytes:
    return text(key) + struct.pack("<I", kind) + value


def tensor(name: str, shape: list[int], kind: int = 0, start: int = 0) -> bytes:
    dims = struct.pack(f"<I{len(shape)}Q", len(shape), *shape)
    return text(name) + dims + struct.pack("<IQ", kind, start)


ARCHITECTURE = entry("general.architecture", 8, text("llama"))


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (header_bytes(), "which architecture"),
        (header_bytes(ARCHITECTURE, ARCHITECTURE), "occurs twice"),
        (header_bytes(entry("general.architecture", 4, bytes(4))), "is not a text"),
        (header_bytes(entry("general.architecture", 8, text(b"\xff\xfe"))), "is not UTF-8"),
        (header_bytes(entry(b"\xff", 4, bytes(4))), "not UTF-8"),
        (header_bytes(entry("", 4, bytes(4))), "is empty"),
        (header_bytes(entry("x", 13, bytes(4))), "unknown type (13)"),
        (header_bytes(entry("x", 9, struct.pack("<IQ", 9, 1))), "array of arrays"),
        (header_bytes(entry("x", 9, struct.pack("<IQ", 77, 1))), "unknown type (77)"),
        (header_bytes(entry("x", 9, struct.pack("<IQ", 8, 2**61))), "ends inside its header"),
        (header_bytes(entry("x", 9, struct.pack("<IQ", 4, 2**63))), "ends inside its header"),
        (header_bytes(entry("x", 8, struct.pack("<Q", 2**63))), "ends inside its header"),
        (header_bytes(entry("general.alignment", 4, struct.pack("<I", 24))), "power of two"),
        (header_bytes(entry("general.alignment", 4, bytes(4))), "power of two"),
        (header_bytes(entry("general.alignment", 7, b"\1")), "power of two"),
        (header_bytes(ARCHITECTURE, entry("llama.context_length", 8, text("9"))), "not a count"),
        (
            header_bytes(ARCHITECTURE, entry("llama.block_count", 5, struct.pack("<i", -1))),
            "not a count",
        ),
        (
            header_bytes(ARCHITECTURE, entry("tokenizer.ggml.add_bos_token", 4, bytes(4))),
            "not a yes or no",
        ),
        (
            header_bytes(ARCHITECTURE, entry("tokenizer.ggml.tokens", 9, struct.pack("<IQ", 4, 0))),
            "not the list",
        ),
        (
            header_bytes(
                ARCHITECTURE, entry("tokenizer.ggml.scores", 9, struct.pack("<IQf", 6, 1, 0))
            ),
            "1 entries for 0 tokens",
        ),
        (header_bytes(ARCHITECTURE, tensors=(tensor("t", []),)), "claims 0 dimensions"),
        (header_bytes(ARCHITECTURE, tensors=(tensor("t", [1] * 5),)), "claims 5 dimensions"),
        (header_bytes(ARCHITECTURE, tensors=(tensor("t", [4, 0]),)), "impossible shape"),
        (header_bytes(ARCHITECTURE, tensors=(tensor("t", [2**40, 2**40]),)), "impossible shape"),
        (header_bytes(ARCHITECTURE, tensors=(tensor("t", [31], 2),)), "rows of 31"),
        (header_bytes(ARCHITECTURE, tensors=(tensor("t", [32], 4),)), "does not know (4)"),
        (header_bytes(ARCHITECTURE, tensors=(tensor("t" * 64, [32]),)), "64 bytes"),
        (header_bytes(ARCHITECTURE, tensors=(tensor("t", [32], start=32),)), "starts at 32"),
        (
            header_bytes(ARCHITECTURE, tensors=(tensor("t", [32]), tensor("t", [32], start=128))),
            "occurs twice",
        ),
        (header_bytes(ARCHITECTURE, tensors=(tensor("t", [2**40]),)), "is cut off"),
    ],
)
def test_damaged_headers(tmp_path: Path, content: bytes, expected: str) -> None:
    path = tmp_path / "model.gguf"
    path.write_bytes(content + bytes(64))
    assert expected in refusal(path)


def test_a_huge_file_with_wild_lengths_costs_neither_time_nor_memory(tmp_path: Path) -> None:
    path = tmp_path / "huge.gguf"
    wild = [
        header_bytes(entry("x", 8, struct.pack("<Q", 2**33))),
        header_bytes(entry("x", 9, struct.pack("<IQ", 8, 2**30))),
        header_bytes(entry("x", 9, struct.pack("<IQ", 8, 1_900_000))),
        header_bytes(entry("x", 9, struct.pack("<IQ", 4, 2**31))),
        header_bytes(entry("x", 9, struct.pack("<IQQ", 8, 2, 2**33))),
    ]
    for content in wild:
        path.write_bytes(content)
        os.truncate(path, 2**36)
        started = time.process_time()
        refusal(path)
        assert time.process_time() - started < 1
        tracemalloc.start()
        refusal(path)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 64 << 20


def outcome(path: Path) -> bool:
    """Whether the header reads; any error but ModelFileError fails the test."""
    reason = ""
    started = time.process_time()
    try:
        check_can_chat(read_header(path))
    except ModelFileError as error:
        reason = str(error)
    assert time.process_time() - started < 0.5
    assert len(reason.splitlines()) <= 1
    return not reason


def test_a_thousand_headers_with_flipped_bytes(model: Path, tmp_path: Path) -> None:
    content = model.read_bytes()
    end = len(gguf_layout.read_layout(model).header)
    chooser = random.Random(20)
    path = tmp_path / "flipped.gguf"
    read = 0
    for trial in range(1000):
        flipped = bytearray(content)
        # Strings fill most of a header, so that half of the flips aim at its structure.
        reach = end if trial % 2 else 700
        for _ in range(chooser.choice((1, 1, 2, 4, 16))):
            flipped[chooser.randrange(reach)] = chooser.randrange(256)
        path.write_bytes(flipped)
        read += outcome(path)
    assert 50 < read < 950


@settings(max_examples=200, deadline=None)
@given(data=st.data())
def test_truncations_are_always_refused(model: Path, data: st.DataObject) -> None:
    content = model.read_bytes()
    last = gguf_layout.read_layout(model).tensors[-1]
    end = gguf_layout.read_layout(model).data_start + last.start + last.size
    length = data.draw(st.integers(0, end - 1))
    path = model.with_name(f"truncated-{os.getpid()}.gguf")
    path.write_bytes(content[:length])
    assert not outcome(path)


@settings(max_examples=200, deadline=None)
@given(rest=st.binary(max_size=400))
def test_any_bytes_after_the_magic(model: Path, rest: bytes) -> None:
    path = model.with_name(f"noise-{os.getpid()}.gguf")
    path.write_bytes(struct.pack("<4sI", b"GGUF", 3) + rest)
    assert not outcome(path)


# Sound files that cannot chat.


def test_a_vocabulary_without_weights(tmp_path: Path) -> None:
    path = write_model(tmp_path / "vocab.gguf", weights=False)
    header = read_header(path)
    assert not header.has_tensors
    assert (header.parameters, header.quantisation, header.vocabulary_size) == (0, "none", 600)
    assert "no weights" in chat_refusal(path)


@pytest.mark.parametrize("architecture", ["bert", "nomic-bert", "jina-bert-v2", "gemma-embedding"])
def test_an_embedding_architecture(tmp_path: Path, architecture: str) -> None:
    path = write_model(tmp_path / "e.gguf", architecture=architecture)
    assert read_header(path).is_embedder
    assert "embedding model" in chat_refusal(path)


def test_an_embedding_model_of_a_chat_architecture(tmp_path: Path) -> None:
    path = write_model(
        tmp_path / "e.gguf",
        lambda w: w.add_pooling_type(gguf.PoolingType.LAST),
        architecture="qwen3",
    )
    assert read_header(path).is_embedder
    assert "embedding model" in chat_refusal(path)


def test_no_pooling_is_no_embedder(tmp_path: Path) -> None:
    path = write_model(tmp_path / "e.gguf", lambda w: w.add_pooling_type(gguf.PoolingType.NONE))
    assert not read_header(path).is_embedder


@pytest.mark.parametrize(
    ("changes", "architecture", "expected"),
    [
        ([lambda w: w.add_type("adapter")], "gemma3", "LoRA adapter"),
        ([lambda w: w.add_type("mmproj")], "gemma3", "mmproj"),
        ([], "clip", "mmproj"),
        ([lambda w: w.add_type("imatrix")], "gemma3", "imatrix"),
        ([lambda w: w.add_causal_attention(False)], "dream", "token by token"),
        ([], "t5", "encoder-decoder"),
        ([], "wavtokenizer-dec", "sound"),
    ],
)
def test_other_kinds(
    tmp_path: Path, changes: list[Change], architecture: str, expected: str
) -> None:
    path = write_model(tmp_path / "kind.gguf", *changes, architecture=architecture)
    assert expected in chat_refusal(path)


def test_a_model_without_vocabulary(tmp_path: Path) -> None:
    assert "no vocabulary" in chat_refusal(write_model(tmp_path / "m.gguf", tokens=0))


def test_a_model_without_its_sizes(tmp_path: Path) -> None:
    header = replace(read_header(write_model(tmp_path / "m.gguf")), context_length=None)
    with pytest.raises(ModelFileError, match="does not say its context"):
        check_can_chat(header)


def test_a_model_without_a_template_can_chat(tmp_path: Path) -> None:
    header = read_header(write_model(tmp_path / "m.gguf", template=None))
    assert header.chat_template is None
    check_can_chat(header)


# Split models.


@pytest.fixture
def parts(tmp_path: Path) -> list[Path]:
    writer = gguf.GGUFWriter(tmp_path / "big.gguf", "llama", split_max_tensors=1)
    writer.add_context_length(512)
    writer.add_embedding_length(32)
    writer.add_block_count(1)
    writer.add_tokenizer_model("llama")
    writer.add_token_list(["a", "b"])
    for name in ("token_embd.weight", "output_norm.weight", "blk.0.attn_norm.weight"):
        writer.add_tensor(name, np.ones((2, 32), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return sorted(tmp_path.glob("big-*.gguf"))


def test_the_first_part_stands_for_all(parts: list[Path]) -> None:
    header = read_header(parts[0])
    assert (header.parts, header.parameters) == (3, 3 * 64)
    assert header.size_bytes == sum(part.stat().st_size for part in parts)
    check_can_chat(header)


def test_another_part_names_the_first(parts: list[Path]) -> None:
    message = refusal(parts[1])
    assert "part 2 of 3" in message
    assert parts[0].name in message


def test_a_missing_part_is_named(parts: list[Path]) -> None:
    parts[2].unlink()
    assert f"{parts[2].name} is not beside it" in refusal(parts[0])


def test_a_truncated_part_is_named(parts: list[Path]) -> None:
    os.truncate(parts[1], parts[1].stat().st_size - 100)
    assert parts[1].name in refusal(parts[0])


def test_parts_in_the_wrong_order(parts: list[Path]) -> None:
    parts[2].write_bytes(parts[1].read_bytes())
    assert "is not part 3 of 3" in refusal(parts[0])


def test_a_renamed_part(parts: list[Path]) -> None:
    renamed = parts[0].with_name("model.gguf")
    parts[0].rename(renamed)
    assert "was renamed" in refusal(renamed)

"""Models in the folders of other programs: folders built by hand, the real starter inside."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import gguf
import numpy as np
import pytest

from agents.engine import headers
from agents.found_models import Finder, FoundModel, Looking, Passed
from agents.model_folders import MOST_ENTRIES, gguf_files


class Machine:
    """A home directory with other programs' folders in it, which no test shares."""

    def __init__(self, root: Path, starter: Path) -> None:
        self.root = root
        self.home = root / "users" / "ana"
        self.home.mkdir(parents=True)
        self.starter = starter
        self.environment: dict[str, str] = {}

    def copy(self, *parts: str) -> Path:
        """The starter under another name; its bytes are linked, not copied."""
        path = self.home.joinpath(*parts)
        path.parent.mkdir(parents=True, exist_ok=True)
        os.link(self.starter, path)
        return path

    def in_hugging_face(self, hub: Path, repository: str, *files: str, commit: str = "c1") -> None:
        folder = hub / f"models--{repository.replace('/', '--')}"
        (folder / "blobs").mkdir(parents=True, exist_ok=True)
        for name in files:
            blob = folder / "blobs" / sha256(name.encode()).hexdigest()
            if not blob.exists():
                os.link(self.starter, blob)
            link = folder / "snapshots" / commit / name
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(os.path.relpath(blob, link.parent))

    def in_ollama(self, models: Path, *manifest: str, digest: str = "a" * 64) -> Path:
        blob = models / "blobs" / f"sha256-{digest}"
        blob.parent.mkdir(parents=True, exist_ok=True)
        if not blob.exists():
            os.link(self.starter, blob)
        file = models.joinpath("manifests", *manifest)
        file.parent.mkdir(parents=True, exist_ok=True)
        layers = [
            {"mediaType": "application/vnd.ollama.image.template", "digest": "sha256:" + "b" * 64},
            {"mediaType": "application/vnd.ollama.image.model", "digest": f"sha256:{digest}"},
        ]
        file.write_text(json.dumps({"schemaVersion": 2, "layers": layers}))
        return file

    def finder(self) -> Finder:
        return Finder(self.environment, self.home, self.root)

    def found(self) -> list[tuple[str, str]]:
        """Source and name of every model."""
        return [(f.source, f.name) for f in self.finder().look() if isinstance(f, FoundModel)]

    def passed(self) -> list[str]:
        """The reasons for what was passed over."""
        return [f.reason for f in self.finder().look() if isinstance(f, Passed)]


@pytest.fixture
def machine(tmp_path: Path, starter_path: Path) -> Machine:
    return Machine(tmp_path, starter_path)


def test_a_machine_without_other_programs_has_nothing(machine: Machine) -> None:
    assert list(machine.finder().look()) == []


def test_the_hugging_face_cache_gives_names_of_links_and_each_blob_once(machine: Machine) -> None:
    hub = machine.home / ".cache" / "huggingface" / "hub"
    machine.in_hugging_face(hub, "org/gemma-GGUF", "gemma-Q4_0.gguf", "sub/gemma-Q8_0.gguf")
    machine.in_hugging_face(hub, "org/gemma-GGUF", "gemma-Q4_0.gguf", commit="c2")
    (hub / "datasets--org--words" / "snapshots").mkdir(parents=True)
    (hub / "version.txt").write_text("1")
    looking, *models = machine.finder().look()
    assert looking == Looking("Hugging Face", hub)
    assert all(isinstance(model, FoundModel) for model in models)
    assert [(m.source, m.name) for m in models if isinstance(m, FoundModel)] == [
        ("Hugging Face", "gemma-Q4_0"),
        ("Hugging Face", "gemma-Q8_0"),
    ]


@pytest.mark.parametrize(
    ("variable", "value", "hub"),
    [
        ("HF_HUB_CACHE", "~/hub", "hub"),
        ("HF_HOME", "~/face", "face/hub"),
        ("XDG_CACHE_HOME", "~/caches", "caches/huggingface/hub"),
    ],
)
def test_the_environment_says_where_the_hugging_face_cache_is(
    machine: Machine, variable: str, value: str, hub: str
) -> None:
    machine.environment[variable] = value
    machine.in_hugging_face(machine.home / hub, "org/gemma-GGUF", "gemma.gguf")
    assert machine.found() == [("Hugging Face", "gemma")]


@pytest.mark.parametrize(
    ("manifest", "name"),
    [
        (("registry.ollama.ai", "library", "llama3.2", "1b"), "llama3.2:1b"),
        (("registry.ollama.ai", "ana", "mine", "latest"), "ana/mine:latest"),
        (("hf.co", "org", "gemma-GGUF", "Q4_0"), "hf.co/org/gemma-GGUF:Q4_0"),
    ],
)
def test_ollama_models_have_the_names_that_ollama_gives_them(
    machine: Machine, manifest: tuple[str, ...], name: str
) -> None:
    machine.in_ollama(machine.home / ".ollama" / "models", *manifest)
    assert machine.found() == [("Ollama", name)]


def test_ollama_is_looked_for_where_it_may_be(machine: Machine) -> None:
    machine.environment["OLLAMA_MODELS"] = str(machine.home / "big")
    for number, folder in enumerate(
        [
            machine.home / "big",
            machine.home / ".ollama" / "models",
            machine.root / "usr" / "share" / "ollama" / ".ollama" / "models",
        ]
    ):
        parts = ("registry.ollama.ai", "library", f"model{number}", "latest")
        machine.in_ollama(folder, *parts, digest=str(number) * 64)
    assert machine.found() == [("Ollama", f"model{number}:latest") for number in range(3)]


def test_two_ollama_names_of_one_model_are_one(machine: Machine) -> None:
    models = machine.home / ".ollama" / "models"
    for tag in ("1b", "latest"):
        machine.in_ollama(models, "registry.ollama.ai", "library", "llama3.2", tag)
    assert machine.found() == [("Ollama", "llama3.2:1b")]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "is damaged; `ollama pull llama3.2:1b`"),
        ("[]", "is damaged; `ollama pull llama3.2:1b`"),
        ('{"layers": 5}', "is damaged; `ollama pull llama3.2:1b`"),
        ('{"layers": [5]}', "is damaged; `ollama pull llama3.2:1b`"),
        (
            '{"layers": [{"mediaType": "application/vnd.ollama.image.model", '
            '"digest": "sha256:../../secret"}]}',
            "is damaged; `ollama pull llama3.2:1b`",
        ),
        (
            '{"layers": [{"mediaType": "application/vnd.ollama.image.model", "digest": "sha256:'
            + "0" * 64
            + '"}]}',
            "the weights of llama3.2:1b are not in",
        ),
    ],
)
def test_a_manifest_that_is_no_use_is_passed_over_with_a_reason(
    machine: Machine, text: str, reason: str
) -> None:
    models = machine.home / ".ollama" / "models"
    machine.in_ollama(models, "registry.ollama.ai", "library", "good", "latest")
    bad = machine.in_ollama(models, "registry.ollama.ai", "library", "llama3.2", "1b")
    bad.write_text(text)
    assert machine.found() == [("Ollama", "good:latest")]
    (said,) = machine.passed()
    assert reason in said
    assert "\n" not in said


def test_an_ollama_model_that_runs_elsewhere_is_no_model_here(machine: Machine) -> None:
    models = machine.home / ".ollama" / "models"
    file = machine.in_ollama(models, "registry.ollama.ai", "library", "big", "cloud")
    file.write_text('{"layers": [], "config": {}}')
    assert (machine.found(), machine.passed()) == ([], [])


def test_lm_studio_and_llama_cpp_keep_plain_files(machine: Machine) -> None:
    machine.environment["LLAMA_CACHE"] = str(machine.home / "llama")
    machine.copy(".lmstudio", "models", "org", "gemma-GGUF", "gemma-Q4_K_M.gguf")
    machine.copy(".cache", "lm-studio", "models", "org", "old-GGUF", "old.gguf")
    machine.copy("llama", "org_qwen_qwen.gguf")
    machine.copy(".cache", "llama.cpp", "phi.gguf")
    machine.copy("Library", "Caches", "llama.cpp", "mac.gguf")
    (machine.home / "llama" / "org_qwen_qwen.gguf.json").write_text("{}")
    # Hard links have one real file each, so that every name counts.
    assert machine.found() == [
        ("LM Studio", "gemma-Q4_K_M"),
        ("LM Studio", "old"),
        ("llama.cpp", "org_qwen_qwen"),
        ("llama.cpp", "phi"),
        ("llama.cpp", "mac"),
    ]


def test_a_folder_named_twice_is_looked_through_once(machine: Machine) -> None:
    machine.environment["LLAMA_CACHE"] = str(machine.home / ".cache" / "llama.cpp")
    machine.copy(".cache", "llama.cpp", "phi.gguf")
    assert machine.found() == [("llama.cpp", "phi")]


def write(path: Path, kind: str) -> None:
    """A file of a kind that cannot chat, or the two parts of a model that can."""
    path.parent.mkdir(parents=True, exist_ok=True)
    writer = gguf.GGUFWriter(path, "bert" if kind == "embedder" else "llama")
    if kind == "adapter":
        writer.add_type("adapter")
    if kind == "mmproj":
        writer.add_type("mmproj")
    writer.add_context_length(128)
    writer.add_embedding_length(32)
    writer.add_block_count(1)
    writer.add_tokenizer_model("llama")
    writer.add_token_list([b"a", b"b"])
    writer.add_tensor("token_embd.weight", np.zeros((2, 32), dtype=np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


@pytest.mark.parametrize("kind", ["adapter", "mmproj", "embedder"])
def test_what_cannot_chat_is_left_out(machine: Machine, kind: str) -> None:
    write(machine.home / ".cache" / "llama.cpp" / f"{kind}.gguf", kind)
    machine.copy(".cache", "llama.cpp", "phi.gguf")
    assert machine.found() == [("llama.cpp", "phi")]
    assert machine.passed() == []


def split(folder: Path, name: str) -> list[Path]:
    """A model in two parts, as llama.cpp writes them."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for number in range(2):
        path = folder / f"{name}-{number + 1:05}-of-00002.gguf"
        writer = gguf.GGUFWriter(path, "llama")
        if number == 0:
            writer.add_context_length(128)
            writer.add_embedding_length(32)
            writer.add_block_count(1)
            writer.add_head_count(2)
            writer.add_tokenizer_model("llama")
            writer.add_token_list([b"a", b"b"])
        writer.add_uint16("split.no", number)
        writer.add_uint16("split.count", 2)
        writer.add_tensor(f"blk.{number}.weight", np.zeros((2, 32), dtype=np.float32))
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        paths.append(path)
    return paths


def test_a_split_model_counts_once_and_its_missing_part_is_noticed(machine: Machine) -> None:
    first, second = split(machine.home / ".cache" / "llama.cpp", "big")
    (model,) = [m for m in machine.finder().look() if isinstance(m, FoundModel)]
    assert (model.name, model.header.path, model.header.parts) == ("big", first, 2)
    assert model.header.size_bytes == first.stat().st_size + second.stat().st_size
    second.unlink()
    assert machine.found() == []
    assert "is not beside it" in machine.passed()[0]


def test_a_damaged_file_is_passed_over_with_a_reason(machine: Machine) -> None:
    path = machine.home / ".lmstudio" / "models" / "cut.gguf"
    path.parent.mkdir(parents=True)
    path.write_bytes(machine.starter.read_bytes()[:5000])
    (said,) = machine.passed()
    assert "cut.gguf" in said


@pytest.fixture
def unreadable(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that may not be read; the superuser, who may read all, is refused by name."""
    folder = machine.home / ".lmstudio" / "models" / "private"
    folder.mkdir(parents=True)
    folder.chmod(0)
    scandir = os.scandir

    def refusing(path: Path) -> object:
        if Path(path) == folder:
            raise PermissionError(13, "Permission denied", str(path))
        return scandir(path)

    monkeypatch.setattr("agents.model_folders.os.scandir", refusing)
    yield folder
    folder.chmod(0o700)


def test_a_folder_that_may_not_be_read_is_passed_over(machine: Machine, unreadable: Path) -> None:
    machine.copy(".lmstudio", "models", "org", "phi.gguf")
    assert machine.found() == [("LM Studio", "phi")]
    assert machine.passed() == [f"you have no permission to read {unreadable}"]


def test_links_that_go_in_circles_or_nowhere_end(machine: Machine) -> None:
    models = machine.home / ".lmstudio" / "models"
    machine.copy(".lmstudio", "models", "org", "phi.gguf")
    (models / "org" / "again").symlink_to(models)
    (models / "gone.gguf").symlink_to(models / "nowhere")
    assert machine.found() == [("LM Studio", "phi")]


def test_a_folder_without_end_is_left_with_a_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert MOST_ENTRIES == 20_000
    monkeypatch.setattr("agents.model_folders.MOST_ENTRIES", 5)
    for number in range(7):
        (tmp_path / f"{number}.gguf").touch()
    *candidates, skipped = gguf_files(tmp_path)
    assert len(candidates) == 5
    assert "more than 5 files" in getattr(skipped, "reason", "")


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files whose headers are read, one entry a time."""
    paths: list[Path] = []
    real = headers.read_header

    def counting(path: Path) -> object:
        paths.append(path)
        return real(path)

    monkeypatch.setattr(headers, "read_header", counting)
    return paths


def test_of_ten_thousand_files_only_models_are_opened(machine: Machine, reads: list[Path]) -> None:
    folder = machine.home / ".cache" / "llama.cpp"
    folder.mkdir(parents=True)
    for number in range(10_000):
        (folder / f"{number}.json").touch()
    path = machine.copy(".cache", "llama.cpp", "phi.gguf")
    assert machine.found() == [("llama.cpp", "phi")]
    assert reads == [path]


def test_a_header_is_read_once_while_its_file_stays_as_it_is(
    machine: Machine, reads: list[Path]
) -> None:
    path = machine.home / ".cache" / "llama.cpp" / "phi.gguf"
    path.parent.mkdir(parents=True)
    path.write_bytes(machine.starter.read_bytes())
    for _ in range(3):
        assert machine.found() == [("llama.cpp", "phi")]
    assert reads == [path]
    path.write_bytes(machine.starter.read_bytes()[:-9])
    assert machine.found() == []
    assert "cut off" in machine.passed()[0]
    assert reads == [path, path]

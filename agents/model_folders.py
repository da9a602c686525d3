"""The folders in which other programs keep the GGUF models that they downloaded."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from agents.engine.headers import is_later_part, without_part

HUGGING_FACE, OLLAMA, LM_STUDIO, LLAMA_CPP = "Hugging Face", "Ollama", "LM Studio", "llama.cpp"
MOST_ENTRIES = 20_000
DEEPEST = 12
_LARGEST_MANIFEST = 1 << 20
_OLLAMA_MODEL = "application/vnd.ollama.image.model"
_OLLAMA_HOST, _OLLAMA_LIBRARY = "registry.ollama.ai", "library"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that may be a model; `name` is what its program's users call it."""

    path: Path
    name: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """A folder or file that was not looked at further, and why, in one line."""

    path: Path
    reason: str


Listed = Candidate | Skipped


@dataclass(frozen=True, slots=True)
class Place:
    """One program's folder: `candidates` lists what lies there, a folder at a time."""

    source: str
    folder: Path
    list_files: Callable[[Path], Iterator[Listed]]

    def candidates(self) -> Iterator[Listed]:
        """What may be a model, in the order of the names; at most 20,000 entries are looked at."""
        return self.list_files(self.folder)


def places(environment: Mapping[str, str], home: Path, root: Path) -> list[Place]:
    """The folders that exist, each once; `root` is where the folders of all users lie."""
    cache = _named(environment, "XDG_CACHE_HOME", home) or home / ".cache"
    hugging_face = _named(environment, "HF_HOME", home)
    wanted: list[tuple[str, Callable[[Path], Iterator[Listed]], list[Path | None]]] = [
        (
            HUGGING_FACE,
            _hugging_face,
            [
                _named(environment, "HF_HUB_CACHE", home),
                hugging_face and hugging_face / "hub",
                cache / "huggingface" / "hub",
            ],
        ),
        (
            OLLAMA,
            _ollama,
            [
                _named(environment, "OLLAMA_MODELS", home),
                home / ".ollama" / "models",
                root / "usr" / "share" / "ollama" / ".ollama" / "models",
            ],
        ),
        (LM_STUDIO, gguf_files, [home / ".lmstudio" / "models", cache / "lm-studio" / "models"]),
        (
            LLAMA_CPP,
            gguf_files,
            [
                _named(environment, "LLAMA_CACHE", home),
                cache / "llama.cpp",
                home / "Library" / "Caches" / "llama.cpp",
            ],
        ),
    ]
    found: dict[Path, Place] = {}
    for source, list_files, folders in wanted:
        for folder in folders:
            if folder is not None and _is_folder(folder):
                found.setdefault(folder.resolve(), Place(source, folder, list_files))
    return list(found.values())


def gguf_files(folder: Path) -> Iterator[Listed]:
    """All `.gguf` files below a folder, the first part alone of those that are split."""
    for file in _files(folder):
        if isinstance(file, Skipped):
            yield file
        elif file.suffix == ".gguf" and not is_later_part(file.name):
            yield Candidate(file, without_part(file.name))


def _hugging_face(hub: Path) -> Iterator[Listed]:
    """The snapshots of the models; their files are links to blobs without a name."""
    entries = _entries(hub)
    if isinstance(entries, Skipped):
        yield entries
        return
    for entry in entries:
        snapshots = Path(entry.path) / "snapshots"
        if entry.name.startswith("models--") and _is_folder(snapshots):
            yield from gguf_files(snapshots)


def _ollama(folder: Path) -> Iterator[Listed]:
    """The models that the manifests name: the layer with the weights lies among the blobs."""
    manifests = folder / "manifests"
    if not _is_folder(manifests):
        return
    for manifest in _files(manifests):
        if isinstance(manifest, Skipped):
            yield manifest
        elif not manifest.name.startswith("."):
            listed = _ollama_model(folder, manifests, manifest)
            if listed is not None:
                yield listed


def _ollama_model(folder: Path, manifests: Path, manifest: Path) -> Listed | None:
    """None for a manifest without weights in this format, such as one of a model elsewhere."""
    name = _ollama_name(manifest.relative_to(manifests).parts)
    try:
        with manifest.open("rb") as file:
            layers = json.loads(file.read(_LARGEST_MANIFEST))["layers"]
        digests = [layer["digest"] for layer in layers if layer.get("mediaType") == _OLLAMA_MODEL]
    except OSError as error:
        return Skipped(manifest, f"{manifest} cannot be read: {error.strerror or error}")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Skipped(manifest, f"{manifest} is damaged; `ollama pull {name}` gets it again")
    if not digests:
        return None
    digest = re.fullmatch(r"sha256[:-]([0-9a-f]{64})", str(digests[0]))
    if digest is None:
        return Skipped(manifest, f"{manifest} is damaged; `ollama pull {name}` gets it again")
    blob = folder / "blobs" / f"sha256-{digest[1]}"
    if not blob.exists():
        return Skipped(
            manifest, f"the weights of {name} are not in {blob.parent}; `ollama pull {name}`"
        )
    return Candidate(blob, name)


def _ollama_name(parts: tuple[str, ...]) -> str:
    """`registry.ollama.ai/library/llama3.2/1b` is called llama3.2:1b."""
    *where, tag = parts
    if where[:1] == [_OLLAMA_HOST]:
        where = where[1:]
        if where[:1] == [_OLLAMA_LIBRARY]:
            where = where[1:]
    return f"{'/'.join(where)}:{tag}" if where else tag


def _files(folder: Path) -> Iterator[Path | Skipped]:
    """All files below a folder, links followed, each folder once, a bounded number of them."""
    left = MOST_ENTRIES
    visited: set[tuple[int, int]] = set()
    waiting = [(folder, 0)]
    while waiting:
        here, depth = waiting.pop()
        entries = _entries(here)
        if isinstance(entries, Skipped):
            yield entries
            continue
        folders = []
        for entry in entries:
            left -= 1
            if left < 0:
                reason = f"{folder} holds more than {MOST_ENTRIES:,} files; the rest was left out"
                yield Skipped(folder, reason)
                return
            try:
                status = entry.stat()
                is_folder = entry.is_dir()
            except OSError:
                continue
            if not is_folder:
                yield Path(entry.path)
            elif depth < DEEPEST and (status.st_dev, status.st_ino) not in visited:
                visited.add((status.st_dev, status.st_ino))
                folders.append((Path(entry.path), depth + 1))
        waiting += reversed(folders)


def _entries(folder: Path) -> list[os.DirEntry[str]] | Skipped:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except PermissionError:
        return Skipped(folder, f"you have no permission to read {folder}")
    except OSError as error:
        return Skipped(folder, f"{folder} cannot be read: {error.strerror or error}")


def _named(environment: Mapping[str, str], variable: str, home: Path) -> Path | None:
    value = environment.get(variable, "").strip()
    if not value:
        return None
    return home / value[2:] if value.startswith("~/") else Path(value)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False

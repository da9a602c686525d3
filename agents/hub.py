"""Models from the Hugging Face hub: looked up, fetched and checked, only when the user asks.

`HF_ENDPOINT` names another hub that speaks the same protocol; `HF_TOKEN` opens gated repositories.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from agents.hub_files import choose_checkpoint, choose_gguf
from agents.model_offers import OFFERS
from store.errors import SomaError

if TYPE_CHECKING:
    from huggingface_hub import HfApi

Progress = Callable[[int, int], None]
"""Is told how many bytes of how many are there."""

_BLOCK = 1 << 18


class HubError(SomaError):
    """A model cannot be fetched; the line says why and what to do."""


class StoppedError(Exception):
    """The user stopped a download; what is there of it is kept."""


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file of a repository; `sha256` is None where the hub keeps it outside its large storage."""

    name: str
    size_bytes: int
    sha256: str | None


@dataclass(frozen=True, slots=True)
class Download:
    """What a reference means: the files of one commit of a repository, and its licence."""

    repository: str
    commit: str
    licence: str
    files: tuple[RemoteFile, ...]

    @property
    def size_bytes(self) -> int:
        """The size of all files together."""
        return sum(file.size_bytes for file in self.files)

    @property
    def folder(self) -> str:
        """The name of a folder that no other repository has."""
        return self.repository.replace("/", "--")


class Hub:
    """A hub; `endpoint` and `token` are those of the environment unless they are given."""

    def __init__(self, endpoint: str | None = None, token: str | None = None) -> None:
        self._endpoint = (endpoint or os.environ.get("HF_ENDPOINT") or "").rstrip("/") or None
        self._token = token

    def look_up(self, reference: str, *, checkpoint: bool = False) -> Download:
        """Ask the hub what a reference means.

        It is the name of an offer, `OWNER/NAME`, `OWNER/NAME:QUANTISATION` or
        `OWNER/NAME/FILE.gguf`; with `checkpoint`, the safetensors, configuration and tokenizer
        of `OWNER/NAME`. Raises HubError.
        """
        offered = {offer.name: offer.reference for offer in OFFERS}
        repository, wanted = split_reference(offered.get(reference.lower(), reference))
        with self._in_plain_words(repository):
            info = self._api().model_info(repository, files_metadata=True)
        files = [
            RemoteFile(s.rfilename, s.size or 0, s.lfs.sha256 if s.lfs else None)
            for s in info.siblings or []
        ]
        sizes = {file.name: file.size_bytes for file in files}
        try:
            names = choose_checkpoint(sizes) if checkpoint else [choose_gguf(sizes, wanted)]
        except ValueError as error:
            raise HubError(f"{repository} {error}") from error
        licence = str((info.card_data.get("license") if info.card_data else None) or "not stated")
        chosen = tuple(file for file in files if file.name in names)
        return Download(repository, info.sha or "main", licence, chosen)

    def fetch(
        self, download: Download, folder: Path, progress: Progress, stopped: threading.Event
    ) -> list[Path]:
        """Put the files into `folder/OWNER--NAME`, checked; gives their paths.

        A file that is there already is not fetched again, and one that was cut off goes on where it
        ended. Raises HubError; StoppedError soon after `stopped` is set.
        """
        target = folder / download.folder
        done, paths = 0, []
        for file in download.files:
            path = target / file.name
            if not (path.is_file() and path.stat().st_size == file.size_bytes):
                part = path.with_name(f"{path.name}.{(file.sha256 or download.commit)[:12]}.part")
                bar = _bar(progress, done, download.size_bytes, stopped)
                with self._in_plain_words(download.repository):
                    _check_room(part, file)
                    self._fetch(download, file, part, bar)
                _check(part, file, stopped)
                part.replace(path)
            done += file.size_bytes
            progress(done, download.size_bytes)
            paths.append(path)
        return paths

    def _fetch(self, download: Download, file: RemoteFile, part: Path, bar: type) -> None:
        """Append what is missing of a file to `part`."""
        from huggingface_hub import constants, get_hf_file_metadata, hf_hub_url
        from huggingface_hub.file_download import http_get
        from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]

        # What the usual ten megabytes hold is lost when a connection ends, and told late.
        constants.DOWNLOAD_CHUNK_SIZE = _BLOCK
        url = hf_hub_url(
            download.repository, file.name, revision=download.commit, endpoint=self._endpoint
        )
        found = get_hf_file_metadata(url, token=self._token, endpoint=self._endpoint)
        own = urlsplit(found.location).netloc == urlsplit(url).netloc
        headers = build_hf_headers(token=self._token if own else False)
        with part.open("ab") as target:
            http_get(
                found.location,
                target,
                resume_size=target.tell(),
                headers=headers,
                expected_size=file.size_bytes,
                displayed_filename=file.name,
                tqdm_class=bar,
            )

    def _api(self) -> HfApi:
        os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
        from huggingface_hub import HfApi

        return HfApi(endpoint=self._endpoint, token=self._token)

    @contextmanager
    def _in_plain_words(self, repository: str) -> Iterator[None]:
        """Turn what the hub's library raises into a HubError."""
        import httpx2
        from huggingface_hub import errors

        where = self._api().endpoint
        try:
            yield
        except errors.OfflineModeIsEnabled as error:
            raise HubError("HF_HUB_OFFLINE is set; unset it to download models") from error
        except errors.GatedRepoError as error:
            raise HubError(
                f"{repository} asks for consent: accept its licence at {where}/{repository}, then "
                "give a token of yours in HF_TOKEN"
            ) from error
        except errors.RepositoryNotFoundError as error:
            raise HubError(
                f"there is no repository {repository} at {where}, or it is private; check the name"
            ) from error
        except (errors.HFValidationError, errors.EntryNotFoundError) as error:
            raise HubError(f"{repository}: {_first_line(error)}; check the name") from error
        except errors.HfHubHTTPError as error:
            raise HubError(f"{where} refuses: {_first_line(error)}; try again later") from error
        except (httpx2.HTTPError, ValueError) as error:
            raise HubError(
                f"{where} cannot be reached: {_first_line(error)}; what was fetched is kept, and "
                "the same command goes on with it"
            ) from error
        except OSError as error:
            if error.errno is None:
                raise HubError(
                    f"{repository} was cut off: {_first_line(error)}; the same command goes on"
                ) from error
            raise HubError(
                f"{repository} cannot be kept: {(error.strerror or str(error)).lower()}; what was "
                "fetched is kept, and the same command goes on once there is room"
            ) from error


def split_reference(reference: str) -> tuple[str, str]:
    """Repository, and quantisation or file ("" for none), of a reference. Raises HubError."""
    parts = reference.strip().removesuffix("/").split("/")
    if len(parts) < 2 or not all(parts):
        raise HubError(
            f"{reference!r} names no model; give OWNER/NAME, OWNER/NAME:QUANTISATION, "
            f"OWNER/NAME/FILE.gguf or one of {', '.join(offer.name for offer in OFFERS)}"
        )
    name, _, quantisation = parts[1].partition(":")
    return f"{parts[0]}/{name}", "/".join(parts[2:]) or quantisation


def _bar(progress: Progress, before: int, total: int, stopped: threading.Event) -> type:
    """A class in the place of tqdm: it tells the progress, and raises where it is to stop."""

    class Bar:
        def __init__(self, *, initial: int = 0, **_: object) -> None:
            self._here = initial

        def update(self, added: float | None = 1) -> None:
            if stopped.is_set():
                raise StoppedError
            self._here += int(added or 0)
            progress(before + self._here, total)

        def __enter__(self) -> Self:
            return self

        def __exit__(self, *_: object) -> None:
            """There is nothing to give back."""

    return Bar


def _check_room(part: Path, file: RemoteFile) -> None:
    part.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    missing = file.size_bytes - (part.stat().st_size if part.exists() else 0)
    free = shutil.disk_usage(part.parent).free
    if missing > free:
        raise HubError(
            f"{file.name} needs {missing / 1e9:.2f} GB and {free / 1e9:.2f} GB are free in "
            f"{part.parent}; make room or move SOMA_HOME"
        )


def _check(path: Path, file: RemoteFile, stopped: threading.Event) -> None:
    """Compare a file with the hub's SHA-256; one that differs is taken away."""
    if file.sha256 is None:
        return
    digest = sha256()
    with path.open("rb") as source:
        while block := source.read(_BLOCK):
            if stopped.is_set():
                raise StoppedError
            digest.update(block)
    if digest.hexdigest() != file.sha256:
        path.unlink()
        raise HubError(
            f"{file.name} is not what the hub says it is (its SHA-256 differs), so it was removed; "
            "try again"
        )


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)

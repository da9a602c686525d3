"""The folder of a training run: settings, manifest, events, checkpoints, log.

Of the examples it holds only what the base itself said, so that nothing that is forgotten stays
behind in it.
"""

from __future__ import annotations

import json
import os
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from store.disk import failure
from store.errors import SomaError
from training import run_settings
from training.example import Example, Turn
from training.run_settings import RunSettings

Json = dict[str, Any]
PREFIX = "train-"
_CHECKPOINT = "checkpoint-"
_OF_REPLAY = ("kind", "source", "group", "specialist")


class RunFolder:
    """A run in the folder `path`, whose name is the run's."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name = path.name
        self.adapter = path / "adapter"
        self.gguf = path / "adapter.gguf"
        self.log = path / "log"
        self._events = path / "events.jsonl"

    @property
    def number(self) -> int:
        """The number in the run's name; 0 where it has none."""
        number = self.name.removeprefix(PREFIX)
        return int(number) if number.isdecimal() else 0

    def write(self, settings: RunSettings, manifest: Json, replay: Iterable[Example] = ()) -> None:
        """Write what the run is to do. Raises StoreError where it cannot be written."""
        self.write_settings(settings)
        self._write("manifest.json", manifest)
        said = [_as_json(one) for one in replay]
        if said:
            self._write("replay.json", {"examples": said})

    def replay(self) -> list[Example]:
        """Give the run's general examples. Raises SomaError where they cannot be read."""
        if not (self.path / "replay.json").exists():
            return []
        content = self._read("replay.json")
        try:
            return [_example(**one) for one in content["examples"]]
        except (KeyError, TypeError) as error:
            raise SomaError(f"{self.path / 'replay.json'} was changed; start a new run") from error

    def write_settings(self, settings: RunSettings) -> None:
        """Write other settings, in one step. Raises StoreError where they cannot be written."""
        self._write("settings.json", settings.as_json())

    def settings(self) -> RunSettings:
        """Give the run's settings. Raises SomaError where they cannot be read or worked with."""
        return run_settings.read(self._read("settings.json"), str(self.path / "settings.json"))

    def manifest(self) -> Json:
        """Give the manifest of the run's examples. Raises SomaError where it cannot be read."""
        content = self._read("manifest.json")
        rows = content.get("examples")
        if not isinstance(rows, list) or not all(
            isinstance(row, dict) and isinstance(row.get("hash"), str) for row in rows
        ):
            raise SomaError(f"{self.path / 'manifest.json'} names no examples; start a new run")
        return content

    def tell(self, **event: Any) -> None:
        """Add an event, with the time in Unix seconds. Raises OSError."""
        line = json.dumps({"at": round(time.time(), 3), **event}, allow_nan=False) + "\n"
        descriptor = os.open(self._events, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, line.encode())
        finally:
            os.close(descriptor)

    def events(self, start: int = 0) -> tuple[list[Json], int]:
        """Give the events from the byte `start` on, and where the next ones begin.

        A line that is not whole yet is left for the next time; one that is no event is left out.
        """
        try:
            with self._events.open("rb") as file:
                file.seek(start)
                data = file.read()
        except OSError:
            return [], start
        whole = data[: data.rfind(b"\n") + 1]
        found = []
        for line in whole.splitlines():
            with suppress(ValueError, RecursionError):
                event = json.loads(line)
                if isinstance(event, dict) and isinstance(event.get("phase"), str):
                    found.append(event)
        return found, start + len(whole)

    def checkpoints(self) -> list[Path]:
        """Give the folders of the checkpoints, the newest last."""
        found = [path for path in self.path.glob(f"{_CHECKPOINT}*") if path.is_dir()]
        return sorted((path for path in found if step_of(path) > 0), key=step_of)

    @contextmanager
    def new_checkpoint(self, step: int) -> Iterator[Path]:
        """A folder that becomes the checkpoint of a step when the block ends without an error."""
        scratch = self.path / f".{_CHECKPOINT}{step}.part"
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(mode=0o700)
        try:
            yield scratch
            for file in scratch.iterdir():
                _sync(file)
            target = self.path / f"{_CHECKPOINT}{step}"
            if target.exists():
                shutil.rmtree(target)
            scratch.replace(target)
            _sync(self.path)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)

    def prune(self, keep: int, best: int) -> None:
        """Remove all checkpoints but the newest `keep` and that of the step `best`."""
        found = self.checkpoints()
        for path in found[: max(0, len(found) - keep)]:
            if step_of(path) != best:
                shutil.rmtree(path, ignore_errors=True)

    def _write(self, name: str, content: Json) -> None:
        scratch = self.path / f".{name}.part"
        try:
            scratch.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
            _sync(scratch)
            scratch.replace(self.path / name)
        except OSError as error:
            raise failure("the training run cannot be written", error, self.path) from error
        finally:
            scratch.unlink(missing_ok=True)

    def _read(self, name: str) -> Json:
        file = self.path / name
        try:
            content = json.loads(file.read_text(encoding="utf-8"))
        except OSError as error:
            why = (error.strerror or str(error)).lower()
            raise SomaError(f"{file} cannot be read: {why}; start a new run") from error
        except (ValueError, RecursionError):
            content = None
        if not isinstance(content, dict):
            raise SomaError(f"{file} is not a JSON object any more; start a new run")
        return content


def _as_json(said: Example) -> Json:
    turns = [[turn.role, turn.text] for turn in said.turns]
    return {name: getattr(said, name) for name in _OF_REPLAY} | {"turns": turns}


def _example(turns: list[list[Any]], **named: Any) -> Example:
    if named.keys() != set(_OF_REPLAY):
        raise TypeError("other names")
    return Example(**named, turns=tuple(Turn(*turn) for turn in turns))


def step_of(checkpoint: Path) -> int:
    """Give the step that a checkpoint was kept after; 0 where its name says none."""
    number = checkpoint.name.removeprefix(_CHECKPOINT)
    return int(number) if number.isdecimal() else 0


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

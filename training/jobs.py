"""Training runs: begun in a process of their own that outlives whoever began it, found again,
followed, cancelled, resumed. One at a time."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from store.disk import failure
from store.errors import SomaError
from store.paths import Home
from training.example import Example
from training.handing_over import hand_over
from training.run_folder import PREFIX, RunFolder
from training.run_lock import HANDED_OVER, RunLock, holder
from training.run_settings import RunSettings

State = Literal["running", "done", "failed", "cancelled", "interrupted"]
ENDS: tuple[State, ...] = ("done", "failed", "cancelled")
_ROOT = Path(__file__).resolve().parent.parent
_SECONDS_BETWEEN_LOOKS = 0.2


@dataclass(frozen=True, slots=True)
class RunView:
    """Where a run stands. Times are in Unix seconds, `memory` is the peak in bytes; what is not
    known yet is None. `adapter` is the GGUF adapter of a run that is done."""

    name: str
    state: State
    phase: str
    created: float
    step: int
    steps: int
    loss: float | None
    first_dev_loss: float | None
    dev_loss: float | None
    tokens_per_s: float | None
    memory: int | None
    reason: str
    adapter: str | None


def start(
    home: Home, settings: RunSettings, manifest: dict[str, Any], examples: Iterable[Example],
    needed: int,
) -> RunFolder:  # fmt: skip
    """Begin a run on the examples that a manifest names; `needed` are its bytes on the disk.

    Raises SomaError where another run is under way or the disk has no room.
    """
    lock = _lock(home)
    try:
        require_room(home.runs, needed)
        text = hand_over(examples, manifest)
        folder = _new_folder(home)
        folder.write(settings, manifest)
        _launch(folder, lock, text)
    finally:
        lock.close()
    return folder


def resume(home: Home, folder: RunFolder, examples: Iterable[Example]) -> None:
    """Go on with a run from its newest checkpoint, on the examples that it began with.

    Raises SomaError where it is done, another run is under way, or it cannot go on as it was.
    """
    lock = _lock(home)
    try:
        if view(home, folder).state == "done":
            raise SomaError(f"{folder.name} is done; start a new run")
        folder.settings()
        _launch(folder, lock, hand_over(examples, folder.manifest()))
    finally:
        lock.close()


def cancel(home: Home, name: str | None = None) -> RunFolder:
    """Ask the run that is under way to stop after its step; it keeps a checkpoint then.

    Raises SomaError where none is under way, or not the one that is named.
    """
    held = holder(home.runs)
    if held is None or name not in (None, held.run):
        what = f"{name} is not under way" if name else "no training run is under way"
        raise SomaError(f"{what}; `soma train list` shows all")
    if not held.pid:
        raise SomaError(f"{held.run} is only just beginning; try again")
    os.kill(held.pid, signal.SIGTERM)
    return RunFolder(home.runs / held.run)


def runs(home: Home) -> list[RunFolder]:
    """Give all runs, the newest first."""
    found = [RunFolder(path) for path in home.runs.glob(f"{PREFIX}*") if path.is_dir()]
    return sorted((run for run in found if run.number), key=lambda run: -run.number)


def find(home: Home, name: str | None = None) -> RunFolder:
    """Give the run of a name such as "train-3" or "3"; without one, the newest.

    Raises SomaError where there is none.
    """
    found = runs(home)
    if name is None:
        if not found:
            raise SomaError("there is no training run yet; `soma train` begins one")
        return found[0]
    wanted = name if name.startswith(PREFIX) else f"{PREFIX}{name}"
    for run in found:
        if run.name == wanted:
            return run
    raise SomaError(f"there is no training run {name!r}; `soma train list` shows all")


def view(home: Home, folder: RunFolder) -> RunView:
    """Give where a run stands, by its events and by whether its process is there."""
    held = holder(home.runs)
    events, _ = folder.events()
    last: dict[str, Any] = events[-1] if events else {}
    phase = str(last.get("phase", "starting"))
    state: State = "interrupted"
    if held is not None and held.run == folder.name:
        state = "running"
    elif phase in ENDS:
        state = next(end for end in ENDS if end == phase)
    dev_losses = list(_all(events, "dev_loss"))
    return RunView(
        folder.name,
        state,
        phase,
        next(_all(events, "at"), folder.path.stat().st_mtime),
        int(_last(events, "step") or 0),
        int(_last(events, "steps") or 0),
        _last(events, "loss"),
        dev_losses[0] if dev_losses else None,
        dev_losses[-1] if dev_losses else None,
        _last(events, "tokens_per_s"),
        int(_last(events, "memory") or 0) or None,
        _reason(folder, state, last),
        str(folder.gguf) if state == "done" and folder.gguf.is_file() else None,
    )


def follow(home: Home, folder: RunFolder) -> Iterator[dict[str, Any]]:
    """Give the events of a run, those that were and those that come, until it has ended."""
    place = 0
    while True:
        held = holder(home.runs)
        events, place = folder.events(place)
        yield from events
        if held is None or held.run != folder.name:
            return
        time.sleep(_SECONDS_BETWEEN_LOOKS)


def require_room(folder: Path, needed: int) -> None:
    """Raises SomaError where the disk that holds `folder` has less than `needed` bytes free."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise SomaError(
            f"a run needs {needed / 1e9:.2f} GB on the disk, and {free / 1e9:.2f} GB are free in "
            f"{folder}; free some space"
        )


def run_alone(folder: RunFolder, lock: RunLock, text: str) -> None:
    """Run the training in a folder to its end, in a process of its own."""
    _launch(folder, lock, text).wait()


def _lock(home: Home) -> RunLock:
    try:
        home.runs.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise failure("the training runs cannot be kept", error, home.runs) from error
    return RunLock(home.runs)


def _new_folder(home: Home) -> RunFolder:
    """The folder of the next run; whoever calls this holds the lock."""
    newest = next(iter(runs(home)), None)
    path = home.runs / f"{PREFIX}{newest.number + 1 if newest else 1}"
    try:
        path.mkdir(mode=0o700)
    except OSError as error:
        raise failure("the training run cannot be written", error, path) from error
    return RunFolder(path)


def _launch(folder: RunFolder, lock: RunLock, text: str) -> subprocess.Popen[bytes]:
    """The run's process, with the lock and the examples handed over."""
    environment = {
        **os.environ,
        HANDED_OVER: str(lock.descriptor),
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "TOKENIZERS_PARALLELISM": "false",
    }
    try:
        with folder.log.open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "training.qlora", str(folder.path)],
                cwd=_ROOT,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                pass_fds=(lock.descriptor,),
                env=environment,
            )
    except OSError as error:
        raise failure("the training process cannot be started", error, folder.log) from error
    lock.name(folder.name, process.pid)
    # Somebody has to wait for it, or it would stay behind as a zombie.
    threading.Thread(target=process.wait, daemon=True).start()
    assert process.stdin is not None
    try:
        with process.stdin as pipe:
            pipe.write(text.encode())
    except BrokenPipeError as error:
        raise SomaError(f"the training process ended at once; see {folder.log}") from error
    return process


def _reason(folder: RunFolder, state: State, last: dict[str, Any]) -> str:
    if state == "interrupted":
        steps = [path.name.rpartition("-")[2] for path in folder.checkpoints()[-1:]]
        kept = f"the checkpoint of step {steps[0]} is kept" if steps else "no checkpoint was kept"
        return f"its process is gone; {kept}; `soma train resume {folder.name}` goes on"
    return str(last.get("reason", "")) if state != "running" else ""


def _all(events: list[dict[str, Any]], name: str) -> Iterator[float]:
    return (event[name] for event in events if type(event.get(name)) in (int, float))


def _last(events: list[dict[str, Any]], name: str) -> float | None:
    return next(_all(events[::-1], name), None)

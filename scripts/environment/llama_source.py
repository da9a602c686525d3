"""llama.cpp's own converters, taken out of the source archive of llama-cpp-python.

They are what SOMA's converter is measured and tested against. pip fetches the archive of the
installed version once (77 MB, mostly from its cache); what is needed of it is kept beside the
environment's packages.
"""

from __future__ import annotations

import subprocess
import sys
import tarfile
import tempfile
from importlib.metadata import version
from pathlib import Path

WANTED = ("conversion/", "gguf-py/gguf/", "convert_hf_to_gguf.py", "convert_lora_to_gguf.py")
_PACKAGE = "llama-cpp-python"
_INSIDE = "vendor/llama.cpp/"


class SourceError(Exception):
    """The source archive could not be fetched or read; the text says why."""


def converters(prefix: Path = Path(sys.prefix)) -> Path:
    """The folder with `convert_hf_to_gguf.py` and what it imports, fetched where it is missing.

    Raises SourceError with the last line that pip printed.
    """
    number = version(_PACKAGE)
    kept = prefix / "share" / "soma" / f"llama.cpp-{number}"
    if kept.is_dir():
        return kept
    kept.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".llama.cpp-", dir=kept.parent) as scratch:
        folder = Path(scratch)
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--no-input"]
        command += ["--no-binary", _PACKAGE, "--dest", scratch, f"{_PACKAGE}=={number}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        archives = list(folder.glob("*.tar.gz"))
        if done.returncode or not archives:
            said = (done.stderr.strip() or done.stdout.strip() or "pip said nothing").splitlines()
            raise SourceError(f"the source of {_PACKAGE} {number} was not fetched: {said[-1]}")
        unpack(archives[0], folder / "unpacked")
        (folder / "unpacked").replace(kept)
    return kept


def unpack(archive: Path, target: Path) -> None:
    """Puts the converters in `archive` into the new folder `target`. Raises SourceError."""
    target.mkdir()
    with tarfile.open(archive) as opened:
        for member in opened:
            path = member.name.partition(_INSIDE)[2]
            if path.startswith(WANTED) and member.isfile():
                member.name = path
                opened.extract(member, target, filter="data")
    if not (target / "convert_hf_to_gguf.py").is_file():
        raise SourceError(f"{archive.name} does not hold llama.cpp's converters")

"""What a run can be computed on, found without loading torch."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from agents.engine.free_memory import free_memory

_SECONDS_FOR_NVIDIA_SMI = 10.0
_FIRST_WITH_BF16 = 8.0
_QUERY = "--query-gpu=name,memory.total,memory.free,compute_cap"


@dataclass(frozen=True, slots=True)
class Hardware:
    """A graphics card with so many bytes of memory in all and free, "" where there is none that
    can be used, and the free main memory, None where it is not known."""

    card: str = ""
    card_memory: int = 0
    card_free: int = 0
    bf16: bool = False
    main_free: int | None = None
    cores: int = 1

    @property
    def device(self) -> str:
        """What a run is computed on: "cuda" or "cpu"."""
        return "cuda" if self.card else "cpu"

    @property
    def free(self) -> int | None:
        """Bytes free where a run is computed; None where that is not known."""
        return self.card_free if self.card else self.main_free

    @property
    def name(self) -> str:
        """The card with its memory, else the processor with its cores."""
        if self.card:
            return f"{self.card} with {self.card_memory / 1e9:.1f} GB"
        return f"the processor, {self.cores} core{'s' if self.cores > 1 else ''}"


def find_hardware() -> Hardware:
    """Give what this machine has; a card counts where the torch that is installed can use it."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    own = Hardware(main_free=free_memory(), cores=cores or 1)
    if not _torch_uses_cards():
        return own
    try:
        done = subprocess.run(
            ["nvidia-smi", _QUERY, "--format=csv,noheader,nounits"],
            capture_output=True, text=True, timeout=_SECONDS_FOR_NVIDIA_SMI, check=True,
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError):
        return own
    return with_card(own, done.stdout)


def with_card(own: Hardware, told: str) -> Hardware:
    """Give a machine with the first card that `nvidia-smi` has told of, in MiB; as it is where it
    told of none."""
    parts = [part.strip() for part in (told.splitlines() or [""])[0].split(",")]
    try:
        name, total, free, capability = parts
        memory = int(total) << 20, int(free) << 20
        bf16 = float(capability) >= _FIRST_WITH_BF16
    except ValueError:
        return own
    return Hardware(name, *memory, bf16, own.main_free, own.cores)


def _torch_uses_cards() -> bool:
    found = importlib.util.find_spec("torch")
    if found is None or found.origin is None:
        return False
    try:
        stated = (Path(found.origin).parent / "version.py").read_text(encoding="utf-8")
    except OSError:
        return False
    return re.search(r"^cuda\b[^=]*= *'", stated, re.MULTILINE) is not None

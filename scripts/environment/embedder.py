"""The embedding model of recall, put into the environment beside SOMA's packages."""

from __future__ import annotations

import subprocess
from pathlib import Path

from scripts.environment.pip_run import Screen


def fetch_embedder(root: Path, venv: Path, screen: Screen) -> None:
    """Fetch and convert the model, with progress, unless it is there; a failure is only told."""
    folder = venv / "share" / "soma"
    if any(folder.glob("*.gguf")):
        return
    screen.say("Fetching the embedding model, by which SOMA recalls what means the same (83 MB)")
    command = [str(venv / "bin" / "python"), "-m", "training.embedder", str(folder)]
    if subprocess.run(command, cwd=root, stdin=subprocess.DEVNULL, check=False).returncode:
        screen.say("That is no obstacle: SOMA recalls by words; `soma setup recall` tries again.")

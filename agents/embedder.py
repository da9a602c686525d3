"""Where the embedding model of recall lies: in the data directory's cache or the environment."""

from __future__ import annotations

import sys
from pathlib import Path

from agents.engine.embedding import EmbeddingModel

FILE = "all-MiniLM-L6-v2.gguf"


def embedder_places(cache: Path) -> tuple[Path, Path]:
    """The paths at which the model is looked for: in the folder `cache`, in the environment."""
    return cache / FILE, Path(sys.prefix) / "share" / "soma" / FILE


def find_embedder(
    cache: Path, named: Path | None = None, *, log: Path | None = None
) -> EmbeddingModel | None:
    """Give the embedding model that is on this machine, or the one `named`; None where none is.

    It is not loaded yet. Raises ModelFileError for a file that is no embedding model.
    """
    places = (named,) if named is not None else embedder_places(cache)
    for path in places:
        if path.is_file():
            return EmbeddingModel(path, log=log)
    return None

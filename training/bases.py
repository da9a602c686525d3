"""Which checkpoint is trained: the starter, a folder, or one that the hub's tools have fetched."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from training.bert import Bert
from training.checkpoint import Checkpoint, ConvertError
from training.convert import FAMILIES, family_of, require_weights
from training.encoding import Encoder
from training.starter import CHECKPOINT

STARTER = "starter"


def find_base(name: str | None, environment: Mapping[str, str] = os.environ) -> Path:
    """Give the folder of the base `name`: a folder, "starter" (also None), or a repository such as
    "HuggingFaceTB/SmolLM2-135M-Instruct" that lies in the hub's cache.

    Nothing is fetched. Raises ConvertError where there is none of the name.
    """
    if name in (None, "", STARTER):
        return CHECKPOINT
    path = Path(str(name)).expanduser()
    if path.exists():
        return path.absolute()
    snapshots = hub_cache(environment) / f"models--{str(name).replace('/', '--')}" / "snapshots"
    try:
        found = sorted(snapshots.iterdir(), key=lambda folder: folder.stat().st_mtime)
    except OSError:
        found = []
    if not found:
        raise ConvertError(
            f"the base {name} does not exist: it is no folder, and {snapshots.parent.parent} holds "
            "no checkpoint of that name; name a folder with config.json and model.safetensors"
        )
    return found[-1]


def hub_cache(environment: Mapping[str, str] = os.environ) -> Path:
    """Give the folder in which the tools of the Hugging Face hub keep what they have fetched."""
    if environment.get("HF_HUB_CACHE"):
        return Path(environment["HF_HUB_CACHE"]).expanduser()
    if environment.get("HF_HOME"):
        return Path(environment["HF_HOME"]).expanduser() / "hub"
    cache = environment.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(cache).expanduser() / "huggingface" / "hub"


def open_base(folder: Path) -> Checkpoint:
    """Give the checkpoint in `folder`, once it is sure that it can be trained and then served.

    Raises ConvertError where weights, tokenizer or chat template are missing or damaged, where
    weights are in pickle files, and for an architecture that is not supported, naming those that
    are.
    """
    checkpoint = Checkpoint(folder)
    family = family_of(checkpoint)
    if isinstance(family, Bert):
        able = (name for one in FAMILIES if one is not Bert for name in one.classes)
        raise ConvertError(
            f"{folder} is a model that embeds texts and writes none; choose one of: "
            f"{', '.join(able)}"
        )
    require_weights(checkpoint, family)
    Encoder(folder)
    return checkpoint

"""The composition root: where the rooms are put together."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agents.engine.engine import EngineOptions
    from agents.runtime import Runtime
    from store.paths import Home


def make_runtime(
    home: Home, model: str | None = None, options: EngineOptions | None = None
) -> Runtime:
    """A runtime with everything handed in that it may not import; nothing is opened yet."""
    from agents.embedder import find_embedder
    from agents.runtime import Runtime
    from training import run_lock
    from training.decide_operations import DECIDE_OPERATIONS
    from training.evaluate_operations import EVALUATE_OPERATIONS
    from training.example_operations import EXAMPLE_OPERATIONS
    from training.operations import TRAINING_OPERATIONS
    from training.starter import starter_gguf
    from training.train_operations import TRAIN_OPERATIONS
    from training.trigger_operations import TRIGGER_OPERATIONS
    from training.version_operations import VERSION_LIST_OPERATIONS

    return Runtime(
        home,
        starter=starter_gguf,
        model=model,
        options=options,
        embedder=lambda: find_embedder(home.cache, log=home.logs / "llama.log"),
        operations={
            **TRAINING_OPERATIONS,
            **EXAMPLE_OPERATIONS,
            **TRAIN_OPERATIONS,
            **EVALUATE_OPERATIONS,
            **DECIDE_OPERATIONS,
            **TRIGGER_OPERATIONS,
            **VERSION_LIST_OPERATIONS,
        },
        trains=lambda: run_lock.holder(home.runs) is not None,
    )

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.engine.engine import Engine, EngineOptions
from agents.engine.gguf_file import read_header


@pytest.fixture(scope="session")
def engine(starter_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The starter model, loaded once; one thread, since the tests share the machine."""
    log = tmp_path_factory.mktemp("logs") / "llama.log"
    options = EngineOptions(context=1024, threads=1, slots=3)
    engine = asyncio.run(Engine.load(read_header(starter_path), log=log, options=options))
    yield engine
    asyncio.run(engine.close())

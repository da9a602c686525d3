"""What tests of several rooms share: the real starter model, a data directory of their own."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from store.paths import Home


def pytest_configure() -> None:
    """Give each worker a core of its own: threads that spin for each other share none then."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if worker and hasattr(os, "sched_setaffinity"):
        cores = sorted(os.sched_getaffinity(0))
        os.sched_setaffinity(0, {cores[int(worker.removeprefix("gw")) % len(cores)]})


@pytest.fixture(scope="session")
def starter_path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The GGUF file of the starter model, made once for all tests."""
    from training.starter import starter_gguf

    return starter_gguf(tmp_path_factory.mktemp("cache"))


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A fresh data directory, which SOMA_HOME names."""
    home = Home(tmp_path / "home")
    home.create()
    monkeypatch.setenv("SOMA_HOME", str(home.root))
    return home

"""How many threads a run computes with, by what others do on the machine."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Iterator

import pytest
import torch

from tests.training.test_qlora import SETTINGS
from training import threads
from training.lora_model import LoraModel
from training.packing import Row
from training.threads import Load, Threads, load_now


@pytest.fixture(autouse=True)
def as_before(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No wait between looks, and the threads of this process as they were."""
    monkeypatch.setattr(threads, "SECONDS_BETWEEN_LOOKS", 0.0)
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


class FakeMachine:
    """A machine on which others use so many cores, and this process the rest."""

    def __init__(self, cores: int) -> None:
        self.cores, self.others = cores, 0.0
        self._at = self._everybody = self._own = 0.0

    def look(self) -> Load:
        """Two seconds later."""
        self._at += 2.0
        self._everybody += 2.0 * self.cores
        self._own += 2.0 * (self.cores - self.others)
        return Load(self._at, self.cores, self._everybody, self._own)


@pytest.mark.parametrize(
    ("cores", "most", "others", "wanted"),
    [
        (2, 2, 0.0, 2), (2, 2, 0.3, 2), (2, 2, 0.67, 1), (2, 2, 1.0, 1), (2, 2, 2.0, 1),
        (8, 8, 0.1, 8), (8, 8, 0.9, 7), (8, 8, 5.2, 3), (8, 2, 5.2, 2), (8, 2, 7.0, 1),
        (4, 1, 0.0, 1),
    ],
)  # fmt: skip
def test_others_have_the_processors_that_they_use(
    cores: int, most: int, others: float, wanted: int
) -> None:
    machine = FakeMachine(cores)
    torch.set_num_threads(most)
    adapting = Threads(machine.look)
    machine.others = others
    for _ in range(2):
        adapting.adapt()
        assert torch.get_num_threads() == wanted
    machine.others = 0.0
    adapting.adapt()
    assert torch.get_num_threads() == most


def test_beside_busy_programs_one_thread_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    cores = load_now().cores
    torch.set_num_threads(2)
    adapting = Threads()
    others = [multiprocessing.Process(target=busy, daemon=True) for _ in range(2 * cores)]
    for one in others:
        one.start()
    try:
        until = time.monotonic() + 60
        while torch.get_num_threads() > 1:
            assert time.monotonic() < until, "the load of others is not seen"
            time.sleep(0.5)
            adapting.adapt()
    finally:
        for one in others:
            one.kill()


def busy() -> None:
    while True:
        os.getpid()


def test_a_run_looks_before_each_part_of_a_step(monkeypatch: pytest.MonkeyPatch) -> None:
    torch.set_num_threads(2)
    machine = FakeMachine(2)
    model = LoraModel(SETTINGS)
    model._threads = Threads(machine.look)
    row = Row(tuple(range(10, 30)), tuple(range(20)), (*range(11, 30), -100))
    machine.others = 1.5
    assert model.step([row], 1e-3, 1.0) is not None
    assert torch.get_num_threads() == 1
    machine.others = 0.0
    assert model.loss([row]) > 0
    assert torch.get_num_threads() == 2

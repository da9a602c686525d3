from __future__ import annotations

import sys
from types import SimpleNamespace

import psutil
import pytest

from training.machine import IDLE, Machine


@pytest.mark.parametrize(("share", "idle"), [(0.0, True), (IDLE, True), (1.0, False)])
def test_a_machine_is_idle_where_its_processors_were_since_the_last_look(
    monkeypatch: pytest.MonkeyPatch, share: float, idle: bool
) -> None:
    monkeypatch.setattr(psutil, "cpu_percent", lambda interval: share * 100)
    machine = Machine()
    assert machine.idle() is False
    assert machine.idle() is idle


@pytest.mark.parametrize(
    ("battery", "mains"),
    [
        (None, True),
        (SimpleNamespace(power_plugged=True), True),
        (SimpleNamespace(power_plugged=None), True),
        (SimpleNamespace(power_plugged=False), False),
    ],
)
def test_a_machine_without_a_battery_runs_on_mains(
    monkeypatch: pytest.MonkeyPatch, battery: object, mains: bool
) -> None:
    monkeypatch.setattr(psutil, "sensors_battery", lambda: battery, raising=False)
    assert Machine().on_mains() is mains


def test_without_psutil_the_systems_own_average_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psutil", None)
    monkeypatch.setattr("os.getloadavg", lambda: (1000.0, 0.0, 0.0))
    assert Machine().idle() is False
    monkeypatch.setattr("os.getloadavg", lambda: (0.0, 0.0, 0.0))
    assert Machine().idle() is True
    assert Machine().on_mains() is True

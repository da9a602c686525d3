"""The benchmark for a graphics card: what of it runs without one, and what it says then."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.bench import gpu
from scripts.bench.make_model import SHAPES
from training.hardware import Hardware


def test_without_a_card_it_says_so_in_one_line(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(gpu, "find_hardware", Hardware)
    monkeypatch.setattr("sys.argv", ["gpu.py"])
    assert gpu.main() == 1
    out = capsys.readouterr()
    assert (out.out, out.err.count("\n")) == ("", 1)
    assert "nothing was measured" in out.err


def test_the_training_part_measures_on_whatever_there_is(tmp_path: Path) -> None:
    gpu.make_base(tmp_path, SHAPES["tiny"])
    settings = gpu.settings_for(tmp_path, Hardware(main_free=8 << 30), 4 << 30)
    found = gpu.train(settings, 4 << 30, 1)
    assert found["fits"]
    assert len(found["samples"]) == 1
    peaks = list(found["peak_memory"].values())
    assert peaks == sorted(peaks)
    assert len(peaks) == 4


def test_a_card_is_planned_as_one_of_the_limit_without_bf16(tmp_path: Path) -> None:
    gpu.make_base(tmp_path, SHAPES["tiny"])
    card = Hardware("a card", 80 << 30, 80 << 30, True, 8 << 30)
    found = gpu.settings_for(tmp_path, card, 4 << 30)
    assert (found.device, found.precision, found.longest) == ("cuda", "fp32", 512)

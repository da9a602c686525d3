"""The suite that ships with SOMA."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from scripts.bench._starter_items import QUESTIONS
from store.errors import SomaError
from training import canaries
from training.canaries import GROUPS, suite


def test_every_group_is_there_and_each_canary_is_asked_once() -> None:
    asked = suite().canaries
    counted = Counter(canary.group for canary in asked)
    assert tuple(counted) == GROUPS
    assert min(counted.values()) >= 12
    assert len({canary.id for canary in asked}) == len(asked)
    assert len({canary.turns for canary in asked}) == len(asked)
    for canary in asked:
        roles = [turn.role for turn in canary.turns]
        assert roles == ["system", *["user", "assistant"] * (len(roles) // 2 - 1), "user"]
    assert all(probe[-1].role == "assistant" for probe in suite().probes)
    assert len(suite().probes) >= 10


def test_no_canary_is_a_question_that_the_starter_is_measured_by() -> None:
    rows = map(json.loads, QUESTIONS.read_text(encoding="utf-8").splitlines())
    asked = {tuple(one["content"] for one in row["messages"]) for row in rows}
    ours = {tuple(turn.text for turn in canary.turns) for canary in suite().canaries}
    assert not asked & ours


def test_the_hash_is_of_what_is_asked_and_how_it_is_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for file in canaries.FOLDER.glob("*.jsonl"):
        (tmp_path / file.name).write_bytes(file.read_bytes())
    monkeypatch.setattr(canaries, "FOLDER", tmp_path)
    read = suite.__wrapped__
    assert read().hash == suite().hash
    lines = (tmp_path / "empty.jsonl").read_text(encoding="utf-8").splitlines()
    row = json.loads(lines[0])
    for changed in (
        {**row, "say": ["??"]},
        {**row, "check": {"words": 5}},
        {**row, "cluster": "x"},
    ):
        text = "\n".join([json.dumps(changed), *lines[1:]])
        (tmp_path / "empty.jsonl").write_text(text, encoding="utf-8")
        assert read().hash != suite().hash
    for broken in ("{", '{"say": ["?"]}', '{"say": ["?"], "check": {"taste": 1}}'):
        (tmp_path / "empty.jsonl").write_text(broken, encoding="utf-8")
        with pytest.raises(SomaError, match=r"empty\.jsonl .* install SOMA again"):
            read()
    (tmp_path / "empty.jsonl").unlink()
    with pytest.raises(SomaError, match="install SOMA again"):
        read()

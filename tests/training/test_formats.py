"""Examples as files that other tools read; trl and transformers read them in a process of their
own."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from store.errors import SomaError
from training import formats
from training.example import Example, Turn
from training.formats import FORMATS, Format, row, write_examples
from training.starter import CHECKPOINT

ODD = 'Zwölf "Äpfel" \\ <end_of_turn>\n\n```py\nx = 1\u2028\n``` 🍏'
EXAMPLES = (
    Example(
        "rated", "message:4", "conversation:1", "personal",
        (
            Turn("system", "Be brief."), Turn("user", "hello"), Turn("assistant", "Hi."),
            Turn("user", "and fruit?"), Turn("assistant", ODD),
        ),
    ),
    Example(
        "correction", "message:6", "conversation:2", "coder",
        (Turn("user", "2 + 2"), Turn("assistant", "4")),
    ),
)  # fmt: skip

LOAD = """
import copy, json, sys
from transformers import AutoTokenizer
from trl.data_utils import apply_chat_template, is_conversational, maybe_convert_to_chatml
from trl.scripts.utils import DatasetConfig, DatasetMixtureConfig, get_dataset

folder, checkpoint = sys.argv[1:]
tokenizer = AutoTokenizer.from_pretrained(checkpoint)
told = {}
for form in ("chat", "sharegpt", "alpaca"):
    file = DatasetConfig(path="json", data_files=f"{folder}/{form}.jsonl")
    rows = list(get_dataset(DatasetMixtureConfig(datasets=[file]))["train"])
    told[form] = {"rows": rows, "conversational": [is_conversational(one) for one in rows]}
    if form == "chat":
        told["rendered"] = [apply_chat_template(one, tokenizer) for one in rows]
    if form == "sharegpt":
        told["converted"] = [
            is_conversational(maybe_convert_to_chatml(copy.deepcopy(one))) for one in rows
        ]
print(json.dumps(told))
"""


def written(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n")[:-1]]


def test_trl_loads_every_format_and_trains_the_target_alone(tmp_path: Path) -> None:
    for form in FORMATS:
        write_examples(EXAMPLES, form, {"hash": "x"}, tmp_path / f"{form}.jsonl")
    done = subprocess.run(
        [sys.executable, "-c", LOAD, str(tmp_path), str(CHECKPOINT)],
        capture_output=True, text=True, timeout=110,
        env={**os.environ, "HF_HOME": str(tmp_path / "hf"), "HF_HUB_OFFLINE": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.splitlines()[-1])
    for form in FORMATS:
        assert told[form]["rows"] == written(tmp_path / f"{form}.jsonl")
    assert told["chat"]["conversational"] == [True, True]
    assert told["converted"] == [True, True]
    first, second = told["rendered"]
    assert first["prompt"].endswith("and fruit?<end_of_turn>\n<start_of_turn>model\n")
    assert first["completion"] == f"{ODD}<end_of_turn>\n"
    assert second == {
        "prompt": "<bos><start_of_turn>user\n2 + 2<end_of_turn>\n<start_of_turn>model\n",
        "completion": "4<end_of_turn>\n",
    }


def test_what_is_context_is_marked_in_every_format() -> None:
    told = {form: row(EXAMPLES[0], form) for form in FORMATS}
    assert told["chat"]["completion"] == [{"role": "assistant", "content": ODD}]
    assert [m["role"] for m in told["chat"]["prompt"]] == ["system", "user", "assistant", "user"]
    assert told["sharegpt"]["system"] == "Be brief."
    assert [(m["from"], m["weight"]) for m in told["sharegpt"]["conversations"]] == [
        ("human", 0), ("gpt", 0), ("human", 0), ("gpt", 1)
    ]  # fmt: skip
    assert told["alpaca"] == {
        "instruction": "and fruit?", "input": "", "output": ODD,
        "system": "Be brief.", "history": [["hello", "Hi."]],
    }  # fmt: skip


def refused(out: Path) -> str:
    before = sorted(out.parent.glob("*")) if out.parent.is_dir() else []
    with pytest.raises(SomaError) as error:
        write_examples(EXAMPLES, "chat", {"hash": "x"}, out)
    assert (sorted(out.parent.glob("*")) if out.parent.is_dir() else []) == before
    return str(error.value)


def test_a_file_that_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    out = tmp_path / "x.jsonl"
    out.write_text("mine")
    assert refused(out) == f"{out} is there already; choose another name"
    assert out.read_text() == "mine"
    beside = tmp_path / "y.jsonl.manifest.json"
    beside.write_text("mine")
    assert refused(tmp_path / "y.jsonl") == f"{beside} is there already; choose another name"
    assert beside.read_text() == "mine"


def test_where_no_file_can_be_it_is_said(tmp_path: Path) -> None:
    assert refused(tmp_path) == f"{tmp_path} is a folder; name a file in it"
    missing = tmp_path / "nowhere" / "x.jsonl"
    assert refused(missing) == f"{missing.parent} is no folder; make it or choose another place"
    (tmp_path / "file").write_text("")
    inside = tmp_path / "file" / "x.jsonl"
    assert "is no folder" in refused(inside)
    assert "the examples cannot be written" in refused(tmp_path / ("x" * 300))


@pytest.mark.parametrize("failing", [1, 2])
def test_a_full_disk_leaves_nothing_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: int
) -> None:
    calls = 0

    def full(descriptor: int) -> None:
        nonlocal calls
        calls += 1
        if calls == failing:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(formats.os, "fsync", full)
    assert "the disk is full" in refused(tmp_path / "x.jsonl")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("form", FORMATS)
def test_a_line_is_an_example_whatever_stands_in_it(tmp_path: Path, form: Format) -> None:
    out, beside = write_examples(EXAMPLES, form, {"hash": "x"}, tmp_path / "x.jsonl")
    assert written(out) == [row(example, form) for example in EXAMPLES]
    assert json.loads(beside.read_text()) == {"hash": "x"}

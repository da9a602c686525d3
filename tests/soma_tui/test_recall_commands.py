"""`soma import`, `soma recall` and `soma setup recall`, as they are typed."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from agents.embedder import FILE
from soma_tui.cli import main
from store.paths import Home
from training import embedder


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Home:
    """A data directory of their own; the embedding model of the environment is not found."""
    monkeypatch.setattr("sys.prefix", str(tmp_path))
    monkeypatch.setenv("SOMA_HOME", str(tmp_path / "home"))
    return Home(tmp_path / "home")


@pytest.fixture
def taken(home: Home, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    path = tmp_path / "a.jsonl"
    texts = ["We sail in June\x1b[2J", "The zebra code is 4711"]
    messages = [{"id": f"x{n}", "role": "user", "text": text} for n, text in enumerate(texts)]
    path.write_text(json.dumps({"conversation": "x", "messages": messages}) + "\nnonsense\n")
    assert main(["import", str(path)]) == 0
    return path


def test_import_says_what_came_in_and_what_did_not(
    taken: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told = capsys.readouterr()
    assert told.out == "2 messages in 1 new conversations; 0 messages were there already\n"
    assert "a.jsonl, line 2: is not JSON" in told.err
    assert (
        "recall works by words alone: no embedding model is there; `soma setup recall`" in told.err
    )
    assert main(["import", str(taken), "--json"]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert (summary["known"], summary["repeated"], summary["fault_count"]) == (1, 2, 1)


def test_import_leaves_out_what_was_forgotten_and_says_so(
    taken: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["forget", "message:2", "--yes"]) == 0
    for args in ([], ["--json"]):
        capsys.readouterr()
        assert main(["import", str(taken), *args]) == 0
    summary = json.loads(capsys.readouterr().out)
    assert (summary["forgotten"], summary["messages"], summary["fault_count"]) == (1, 0, 1)
    assert main(["forget", "conversation:1", "--yes"]) == 0
    capsys.readouterr()
    assert main(["import", str(taken)]) == 0
    assert capsys.readouterr().out == (
        "0 messages in 0 new conversations; 0 messages were there already; "
        "2 left out: you had them forgotten\n"
    )
    assert main(["recall", "zebra", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["hits"] == []


def test_recall_prints_hits(taken: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["recall", "zebra code", "--limit", "1"]) == 0
    shown = capsys.readouterr().out
    assert "The zebra code is 4711" in shown
    assert "words: zebra, code" in shown
    assert main(["recall", "June"]) == 0
    assert "\x1b" not in capsys.readouterr().out
    assert main(["recall", "zebra", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["query"] == "zebra"
    assert found["hits"][0]["id"] == "x1"
    assert set(found["hits"][0]) >= {"id", "kind", "score", "text", "source", "time", "why"}
    assert main(["recall", "accordion"]) == 0
    assert capsys.readouterr().out == "nothing found\n"


def test_recall_reads_standard_input_and_files_of_queries(
    taken: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    capsys.readouterr()
    monkeypatch.setattr("sys.stdin", io.StringIO("zebra " * 20_000))
    assert main(["recall", "-", "--json", "--conversation", "x"]) == 0
    assert json.loads(capsys.readouterr().out)["hits"][0]["id"] == "x1"
    queries = tmp_path / "q.jsonl"
    queries.write_text('{"query": "June"}\n{}\n{"query": "zebra"}\n')
    assert main(["recall", "--queries", str(queries), "--limit", "1", "--json"]) == 0
    told = capsys.readouterr()
    lines = [json.loads(line) for line in told.out.splitlines()]
    assert [[hit["id"] for hit in line["hits"]] for line in lines] == [["x0"], [], ["x1"]]
    assert "1 of 3 queries could not be answered" in told.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["recall"], "give either a text to look for, or --queries FILE"),
        (["recall", "x", "--queries", "y"], "give either"),
        (["recall", "x", "--conversation", "none"], "there is no conversation none"),
        (["recall", "--queries", "nowhere"], "nowhere cannot be read"),
        (["import", "nowhere.zip"], "nowhere.zip cannot be read"),
        (["setup", "recall"], "add --yes"),
    ],
)
def test_mistakes_are_told_in_one_line(
    home: Home, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert main(arguments) == 1
    told = capsys.readouterr()
    assert said in told.err
    assert told.err.count("\n") == 1


def test_setup_fetches_the_model_once(
    home: Home, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fetched: list[Path] = []

    async def fetch(folder: Path, on_progress: Any, **more: Any) -> Path:
        fetched.append(folder)
        on_progress("the embedding model is there", 1.0)
        return folder / FILE

    monkeypatch.setattr(embedder, "fetch_embedder", fetch)
    assert main(["setup", "recall", "--yes"]) == 0
    assert fetched == [home.cache]
    assert "83 MB" in capsys.readouterr().out

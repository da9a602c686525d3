"""What is completed with what: words at the cursor, ranking, and the files of a folder."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from agents.attachments import expand
from soma_tui.composing import files
from soma_tui.composing.completion import Completion, Paths, Token, commands, token_at
from soma_tui.composing.files import list_paths
from soma_tui.composing.history import History


def token(marked: str, *, alone: bool = True) -> Token | None:
    """The token at the cursor, which stands at | in the line."""
    column = marked.index("|")
    return token_at(marked.replace("|", ""), 0, column, alone=alone)


@pytest.mark.parametrize(
    ("marked", "kind", "start", "end", "query"),
    [
        ("/|", "command", 0, 1, ""),
        ("/ren|", "command", 0, 4, "ren"),
        ("/re|n", "command", 0, 4, "re"),
        ("@|", "file", 0, 1, ""),
        ("see @not|", "file", 4, 8, "not"),
        ("see @not|es.md now", "file", 4, 13, "not"),
        ("(@a/b|)", "file", 1, 6, "a/b"),
        ('see @"my fo|', "file", 4, 11, "my fo"),
        ('see @"my fo|lder" now', "file", 4, 16, "my fo"),
        ("日本 @日|", "file", 3, 5, "日"),
    ],
)
def test_the_word_at_the_cursor(marked, kind, start, end, query) -> None:
    first = marked == "@|"
    assert token(marked) == Token(kind, 0, start, end, query, first)


@pytest.mark.parametrize(
    ("marked", "first"),
    [("@co|", True), ("@coder @|", True), ("ask @co|", False), ('@"co|', False), ("(@co|", False)],
)
def test_a_message_begins_with_the_names_of_specialists(marked, first) -> None:
    assert token(marked).first is first


def test_specialists_are_offered_before_files() -> None:
    completion = Completion()
    completion.team = [("coder", "programs"), ("personal", "everyday things")]
    completion.know(Paths(["code.py", "pictures/"]))
    completion.follow(token("@co|"), typed=True)
    assert [entry.title for entry in completion.entries] == ["@coder", "code.py"]
    completion.follow(token("see @co|"), typed=True)
    assert [entry.title for entry in completion.entries] == ["code.py"]


@pytest.mark.parametrize(
    "marked",
    ["|/new", " /new|", "/new |", "/usr/bin|", "/New|", "word|", "me@home|", "@a |", "|@a", "@@|",
     '@"a b" |', "@x\ufdd0pasted 1: 9 lines\ufdd1|"],
)  # fmt: skip
def test_other_words_are_not_completed(marked: str) -> None:
    assert token(marked) is None


def test_a_command_is_offered_on_the_only_line_alone() -> None:
    assert token("/new|", alone=False) is None


def test_commands_come_with_their_argument_and_help() -> None:
    (entry,) = [entry for entry in commands("ren") if entry.insert == "/rename "]
    assert entry.title == "/rename TITLE"
    assert entry.note.endswith(".")
    assert not entry.done
    assert all(entry.insert.startswith("/") for entry in commands(""))
    assert commands("nonsense") == []


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("plan", ["plan.md", "docs/plan.md", "docs/old_plan.md", "docs/plan/notes.md"]),
        ("docs/", ["docs/plan/", "docs/plan.md", "docs/old_plan.md", "docs/plan/notes.md"]),
        ("dpn", ["docs/plan/", "docs/plan.md", "docs/plan/notes.md", "docs/old_plan.md"]),
        ("PLAN.MD", ["plan.md", "docs/plan.md", "docs/old_plan.md", "docs/plan/notes.md"]),
        ("ÜBER", ["überblick.txt"]),
        ("plna", []),
    ],
)
def test_paths_are_ranked(query: str, found: list[str]) -> None:
    paths = Paths(
        ["docs/", "docs/plan/", "docs/plan/notes.md", "docs/old_plan.md", "docs/plan.md", "plan.md",
         "überblick.txt"]
    )  # fmt: skip
    offered = [entry.title for entry in paths.match(query)]
    assert [path for path in offered if path != "docs/plan/" or path in found] == found


def test_without_a_query_the_near_paths_come_first_in_order() -> None:
    paths = Paths(["z/", "z/a.md", "b.md", "A.md"])
    assert [entry.title for entry in paths.match("")] == ["A.md", "b.md", "z/", "z/a.md"]


def test_what_is_written_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "my folder").mkdir()
    (tmp_path / "my folder" / "a b.txt").write_text("x")
    folder, file = Paths(list_paths(tmp_path)).match("my")
    assert (folder.insert, folder.done) == ('@"my folder/', False)
    assert (file.insert, file.done) == ('@"my folder/a b.txt"', True)
    assert token_at(folder.insert, 0, len(folder.insert), alone=True) is not None
    assert [a.text for a in expand(f"see {file.insert}", tmp_path).attachments] == ["x"]


def test_the_highlight_goes_round_and_stays_when_names_arrive() -> None:
    completion = Completion()
    completion.follow(token("@|"), typed=True)
    assert completion.waiting
    assert not completion.open
    completion.know(Paths(["a", "b", "c"]))
    assert completion.open
    completion.step(-1)
    assert completion.entries[completion.at].title == "c"
    completion.know(Paths(["c", "d", "0"]))
    assert completion.entries[completion.at].title == "c"
    completion.know(Paths([]))
    assert not completion.open


def test_the_list_opens_by_typing_and_stays_closed_for_a_word_that_was_left() -> None:
    completion = Completion()
    completion.follow(token("/|"), typed=False)
    assert not completion.open
    completion.follow(token("/|"), typed=True)
    completion.dismiss()
    completion.follow(token("/n|"), typed=True)
    assert not completion.open
    completion.follow(None, typed=True)
    completion.follow(token("/n|"), typed=True)
    assert completion.open


# --- files


def make(folder: Path, *paths: str) -> None:
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text("x")


def git(folder: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True)


TREE = (
    "README.md", "src/main.py", "src/deep/er/file.py", ".env", ".git_hidden/x", "venv/lib/x.py",
    "my env/pyvenv.cfg", "my env/lib/y.py", "node_modules/pkg/index.js", "a b.txt", 'quo"te.txt',
    "src/__pycache__/main.pyc",
)  # fmt: skip
OFFERED = ["a b.txt", "README.md", "src/", "src/deep/", "src/main.py", "src/deep/er/",
           "src/deep/er/file.py"]  # fmt: skip


def test_a_folder_is_read_without_what_nobody_names(tmp_path: Path) -> None:
    make(tmp_path, *TREE)
    (tmp_path / os.fsdecode(b"latin-\xe9.txt")).write_text("x")
    (tmp_path / "two\nlines.txt").write_text("x")
    (tmp_path / "loop").symlink_to(tmp_path)
    assert list_paths(tmp_path) == ["a b.txt", "loop", *OFFERED[1:]]


def test_git_says_what_is_ignored_and_what_is_gone(tmp_path: Path) -> None:
    make(tmp_path, *TREE, "build/out.o", "gone.txt", "sub/kept.md")
    (tmp_path / ".gitignore").write_text("build/\n")
    git(tmp_path, "init")
    git(tmp_path, "add", "gone.txt", "README.md")
    (tmp_path / "gone.txt").unlink()
    assert list_paths(tmp_path) == sorted([*OFFERED, "sub/", "sub/kept.md"], key=files._near_first)
    assert list_paths(tmp_path / "sub") == ["kept.md"]


def test_a_folder_that_git_ignores_is_read_all_the_same(tmp_path: Path) -> None:
    make(tmp_path, "build/out.txt")
    (tmp_path / ".gitignore").write_text("build/\n")
    git(tmp_path, "init")
    assert list_paths(tmp_path / "build") == ["out.txt"]


def test_without_git_folders_are_read(tmp_path: Path, monkeypatch) -> None:
    make(tmp_path, "a.md", "build/out.o")
    git(tmp_path, "init")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert list_paths(tmp_path) == ["a.md", "build/", "build/out.o"]


@pytest.mark.parametrize("with_git", [True, False])
def test_of_a_huge_tree_the_near_paths_are_given(with_git: bool, tmp_path: Path) -> None:
    make(tmp_path, *(f"far/away/{number}.txt" for number in range(40)), "near.txt")
    if with_git:
        git(tmp_path, "init")
    found = list_paths(tmp_path, most=20)
    assert len(found) == 20
    assert {"near.txt", "far/", "far/away/"} <= set(found)


def test_a_tree_that_takes_too_long_is_given_in_part(tmp_path: Path, monkeypatch) -> None:
    make(tmp_path, "a.md")
    monkeypatch.setattr(files, "_SECONDS", -1.0)
    assert list_paths(tmp_path) == []


def test_a_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    assert list_paths(tmp_path / "nowhere") == []


# --- history


def test_history_goes_back_and_forth_with_each_text_once() -> None:
    history = History(["c", "b", "c", " ", "a", "b"])
    assert [history.older() for _ in range(4)] == ["c", "b", "a", None]
    assert [history.newer() for _ in range(4)] == ["b", "c", None, None]
    assert history.older() == "c"


def test_an_empty_history_gives_nothing() -> None:
    history = History([])
    assert history.older() is None
    assert history.newer() is None

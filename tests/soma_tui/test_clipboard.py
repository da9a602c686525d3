"""Copying, with real programs that a test puts on the path."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from soma_tui import clipboard
from soma_tui.clipboard import Tool, tools


class FakeApp:
    """An application that remembers what the terminal was asked to take."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def copy_to_clipboard(self, text: str) -> None:
        self.asked.append(text)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that is the whole path."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def program(folder: Path, name: str, script: str) -> Path:
    """Put a shell script on the path; gives the file that it may write to."""
    taken = folder / f"{name}.taken"
    file = folder / name
    file.write_text(f"#!/bin/sh\n{script.format(taken=taken)}\n", encoding="utf-8")
    file.chmod(0o755)
    return taken


TAKES = '/bin/cat > "{taken}"; echo "$@" >> "{taken}"'


@pytest.mark.parametrize(
    ("variable", "name", "arguments"),
    [
        ("WAYLAND_DISPLAY", "wl-copy", ""),
        ("DISPLAY", "xclip", "-selection clipboard"),
        ("DISPLAY", "xsel", "--clipboard --input"),
        ("TMUX", "tmux", "load-buffer -w -"),
    ],
)
async def test_the_clipboard_of_the_session_takes_it(
    variable, name, arguments, programs, monkeypatch
) -> None:
    monkeypatch.setenv(variable, "here")
    taken = program(programs, name, TAKES)
    app = FakeApp()
    assert await clipboard.copy(app, "one\ntwo ä") == "Copied 2 lines."
    assert taken.read_text(encoding="utf-8") == f"one\ntwo ä{arguments}\n"
    assert app.asked == ["one\ntwo ä"]


def test_each_system_has_its_own_programs() -> None:
    def names(environment: dict[str, str], platform: str = "linux") -> list[str]:
        return [tool.command[0] for tool in tools(environment, platform, lambda name: name)]

    assert names({}) == []
    assert names({}, "darwin") == ["pbcopy"]
    assert names({"WSL_DISTRO_NAME": "Debian"}) == ["clip.exe"]
    assert names({"WAYLAND_DISPLAY": "w", "DISPLAY": ":0"}) == ["wl-copy", "xclip", "xsel"]
    assert tools({"DISPLAY": ":0"}, "linux", lambda name: None) == []
    assert Tool(("clip.exe",), encoding="utf-16") in tools(
        {"WSL_DISTRO_NAME": "Debian"}, "linux", lambda name: name
    )


async def test_without_any_program_the_terminal_is_asked(programs) -> None:
    app = FakeApp()
    assert await clipboard.copy(app, "one line") == "Copied 1 line."
    assert app.asked == ["one line"]


async def test_more_than_terminals_take_is_said_if_they_alone_were_asked(
    programs, monkeypatch
) -> None:
    text = "a line of forty characters, all in all.\n" * 2_000
    said = await clipboard.copy(FakeApp(), text)
    assert said.startswith("Copied 2,000 lines, 80 KB, by the terminal alone")
    assert "74 KB" in said
    monkeypatch.setenv("TMUX", "here")
    program(programs, "tmux", TAKES)
    assert "by the terminal alone" in await clipboard.copy(FakeApp(), text)
    monkeypatch.setenv("DISPLAY", ":0")
    assert "Install xclip" in await clipboard.copy(FakeApp(), text)
    program(programs, "xclip", TAKES)
    assert await clipboard.copy(FakeApp(), text) == "Copied 2,000 lines."


async def test_a_program_that_fails_gives_way_to_the_next(programs, monkeypatch) -> None:
    monkeypatch.setenv("DISPLAY", ":0")
    program(programs, "xclip", "exit 1")
    taken = program(programs, "xsel", TAKES)
    assert await clipboard.copy(FakeApp(), "text") == "Copied 1 line."
    assert taken.read_text(encoding="utf-8").startswith("text")


async def test_a_program_that_hangs_is_ended(programs, monkeypatch) -> None:
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setattr(clipboard, "_SECONDS", 0.3)
    taken = program(programs, "xclip", 'echo $$ > "{taken}"; exec /bin/sleep 60')
    begun = time.monotonic()
    assert await clipboard.copy(FakeApp(), "text") == "Copied 1 line."
    assert time.monotonic() - begun < 30
    with pytest.raises(ProcessLookupError):
        os.kill(int(taken.read_text(encoding="utf-8")), 0)


async def test_control_characters_are_copied_as_marks(programs) -> None:
    app = FakeApp()
    await clipboard.copy(app, "a\x1b[31m\tb\ud800\n")
    assert app.asked == ["a␛[31m\tb⟨U+D800⟩\n"]

"""Copying: by the terminal's own sequence, and by the system's clipboard where there is one."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from agents.text import visible

if TYPE_CHECKING:
    from textual.app import App

_PLATFORM = sys.platform
_SECONDS = 2.0
_TERMINALS_TAKE = 74_000
"""Bytes that many terminals take by OSC 52, whose text in base64 may have 100,000 characters."""


@dataclass(frozen=True, slots=True)
class Tool:
    """A program that takes what it reads to a clipboard; `terminal` if that is the terminal's."""

    command: tuple[str, ...]
    encoding: str = "utf-8"
    terminal: bool = False


def tools(
    environment: Mapping[str, str],
    platform: str,
    find: Callable[[str], str | None] = shutil.which,
) -> list[Tool]:
    """The programs that can reach a clipboard from here, the best first.

    tmux by default lets no OSC 52 of a program through, neither bare nor wrapped, but sends the
    sequence itself for a buffer that is loaded with -w (3.2 and newer).
    """
    candidates = [
        ("TMUX" in environment, Tool(("tmux", "load-buffer", "-w", "-"), terminal=True)),
        ("WSL_DISTRO_NAME" in environment, Tool(("clip.exe",), encoding="utf-16")),
        (platform == "darwin", Tool(("pbcopy",))),
        ("WAYLAND_DISPLAY" in environment, Tool(("wl-copy",))),
        ("DISPLAY" in environment, Tool(("xclip", "-selection", "clipboard"))),
        ("DISPLAY" in environment, Tool(("xsel", "--clipboard", "--input"))),
    ]
    return [tool for here, tool in candidates if here and find(tool.command[0])]


async def copy(app: App[Any], text: str) -> str:
    """Put a text on the clipboard, its control characters as marks; gives a line to tell the user.

    Without any program that reaches the system's clipboard the terminal is asked alone, which
    cannot say whether it did it.
    """
    text = visible(text)
    app.copy_to_clipboard(text)
    found = tools(os.environ, _PLATFORM)
    taken = await asyncio.to_thread(_hand_over, text, found)
    lines = text.count("\n") + (not text.endswith("\n"))
    said = f"Copied {lines:,} line{'' if lines == 1 else 's'}"
    size = len(text.encode("utf-8"))
    if taken or size <= _TERMINALS_TAKE:
        return f"{said}."
    return (
        f"{said}, {size // 1000:,} KB, by the terminal alone, which may have refused them: many "
        f"take {_TERMINALS_TAKE // 1000} KB. {_advice(os.environ)}"
    )


def _advice(environment: Mapping[str, str]) -> str:
    for variable, program in (("WAYLAND_DISPLAY", "wl-clipboard"), ("DISPLAY", "xclip")):
        if variable in environment:
            return f"Install {program} for more."
    return "Copy it in parts, or export the conversation."


def _hand_over(text: str, found: list[Tool]) -> bool:
    """Try the programs until one has reached the system's clipboard; says whether one did."""
    return any(_run(tool, text) and not tool.terminal for tool in found)


def _run(tool: Tool, text: str) -> bool:
    try:
        subprocess.run(
            tool.command,
            input=text.encode(tool.encoding),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_SECONDS,
            check=True,
            start_new_session=True,
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return True

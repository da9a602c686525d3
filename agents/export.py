"""A conversation as a Markdown file of its own."""

from __future__ import annotations

import re
from pathlib import Path

from store.conversations import Conversations
from store.errors import SomaError

_LONGEST_NAME = 60


def write_markdown(conversations: Conversations, conversation: int, path: str = "") -> Path:
    """Writes the shown branch of a conversation as Markdown; gives the file's path.

    Without a path, or where it is a folder, the file is named after the title. A file that is
    there already is never replaced. Raises SomaError with the reason.
    """
    markdown = conversations.export_markdown(conversation)
    wanted = Path(path).expanduser() if path else Path.cwd()
    if wanted.is_dir():
        wanted = _free(wanted, _name(conversations.get(conversation).title))
    try:
        with wanted.open("x", encoding="utf-8") as file:
            file.write(markdown)
    except FileExistsError as error:
        raise SomaError(f"{wanted} is there already; choose another name") from error
    except OSError as error:
        raise SomaError(f"cannot write {wanted}: {error.strerror}; choose another place") from error
    return wanted.absolute()


def _name(title: str) -> str:
    """A file name that every system takes, made of a title's letters and digits."""
    words = re.findall(r"[^\W_]+", title)
    return "-".join(words).casefold()[:_LONGEST_NAME].strip("-") or "conversation"


def _free(folder: Path, name: str) -> Path:
    path, number = folder / f"{name}.md", 2
    while path.exists():
        path, number = folder / f"{name}-{number}.md", number + 1
    return path

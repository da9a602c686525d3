"""Files that go with a message: `@name` in its text, appended after it as data."""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from agents.text import visible

LARGEST_BYTES = 256 * 1024

_MENTION = re.compile(r"""(?<![^\s(\[{<"'“\u2018«])@(?:"([^"\n]+)"|([^\s"@]\S*))""")
_MARKS_AFTER_A_NAME = frozenset(".,;:!?)]}>\"'”’»…")
_FILE_NAME_WITH_BLANK = re.compile(r".*\s.*\.\w{1,8}")
_HEADER = re.compile(r"Attached file (.+) \(([0-9]{1,9}) lines?\):")
_FENCE = re.compile(r"`{3,}")
_NAMES_NOTHING = {errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG, errno.EINVAL, errno.ELOOP}


@dataclass(frozen=True, slots=True)
class Words:
    """A stretch of a message in the words of its author."""

    text: str


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file in a message: its name as it was given, its text without the last line end."""

    name: str
    text: str

    @property
    def lines(self) -> int:
        """How many lines the file has."""
        return self.text.count("\n") + 1 if self.text else 0

    @property
    def label(self) -> str:
        """The file in a few words that are safe to draw, such as `notes.md · 120 lines`."""
        return f"{visible(self.name)} · {_count(self.lines)}"

    @property
    def source(self) -> str:
        """The file as it stands in the message: named, and fenced so that nothing in it ends it."""
        longest = max(map(len, re.findall("`+", self.text)), default=0)
        fence = "`" * max(3, longest + 1)
        body = f"{self.text}\n" if self.text else ""
        return f"Attached file {self.name} ({_count(self.lines)}):\n{fence}\n{body}{fence}"


@dataclass(frozen=True, slots=True)
class Expanded:
    """A message with its files appended, or one line for each file that cannot be attached.

    With `problems` the text is the one that was given, and should not be sent.
    """

    text: str
    attachments: tuple[Attachment, ...] = ()
    problems: tuple[str, ...] = ()


class _Refused(Exception):
    """Says why a file is not attached."""


def mention(path: str) -> str:
    """How a file is named in a message: `@path`, or `@"a path"` where it holds a blank."""
    return f'@"{path}"' if re.search(r"\s", path) else f"@{path}"


def expand(text: str, folder: Path) -> Expanded:
    """Append every file that the text names by `@path`, relative to `folder`.

    The words stay as they are. An `@word` that names nothing on the disk is text, as is one
    whose file the message carries already. Reads the disk.
    """
    parts = fold(text)
    carried = {part.name for part in parts if isinstance(part, Attachment)}
    named = [name for part in parts if isinstance(part, Words) for name in _named(part, folder)]
    expanded = _append(text, [name for name in named if name not in carried], folder)
    problems = tuple(
        f"{problem}, or put a space after the @ to send it as text" for problem in expanded.problems
    )
    return Expanded(expanded.text, expanded.attachments, problems)


def attach(text: str, paths: Iterable[str], folder: Path) -> Expanded:
    """Append the files at `paths`, relative to `folder`; a missing one is a problem."""
    return _append(text, paths, folder)


def fold(text: str) -> list[Words | Attachment]:
    """Take a message apart into words and the files that `expand` or `attach` put into it.

    What is not exactly as they write it is words. The line ends that part a file from what
    stands around it belong to neither.
    """
    lines = text.split("\n")
    parts: list[Words | Attachment] = []
    begin = at = 0
    while at < len(lines):
        attachment = _read(lines, at)
        if attachment is None:
            at += 1
            continue
        words = "\n".join(lines[begin:at]).removesuffix("\n")
        parts += [Words(words), attachment] if words else [attachment]
        begin = at = at + attachment.lines + 3
    words = "\n".join(lines[begin:])
    return [*parts, Words(words)] if words else parts


def _read(lines: list[str], at: int) -> Attachment | None:
    """The attachment whose header is the line `at`, if there is one."""
    header = _HEADER.fullmatch(lines[at])
    if header is None or at + 1 == len(lines) or not _FENCE.fullmatch(lines[at + 1]):
        return None
    end = at + 2 + int(header[2])
    try:
        if lines.index(lines[at + 1], at + 2) != end:
            return None
    except ValueError:
        return None
    attachment = Attachment(header[1], "\n".join(lines[at + 2 : end]))
    return attachment if attachment.source == "\n".join(lines[at : end + 1]) else None


def _named(words: Words, folder: Path) -> Iterator[str]:
    """The names after `@` that are to be attached, in the order of the text."""
    for match in _MENTION.finditer(words.text):
        quoted, bare = match.groups()
        if quoted is None:
            name = next((word for word in _readings(bare) if _is_there(word, folder)), None)
            if name is not None:
                yield name
        elif _FILE_NAME_WITH_BLANK.fullmatch(quoted) or _is_there(quoted, folder):
            yield quoted


def _readings(word: str) -> Iterator[str]:
    """The word, then without the marks that may follow a name in a sentence."""
    marks = sum(1 for _ in takewhile(_MARKS_AFTER_A_NAME.__contains__, reversed(word)))
    for end in range(len(word), max(0, len(word) - marks - 1), -1):
        yield word[:end]


def _is_there(name: str, folder: Path) -> bool:
    if not re.search(r"\w", name):
        return False
    try:
        os.stat(folder / Path(name).expanduser())
    except OSError as error:
        return error.errno not in _NAMES_NOTHING
    except (ValueError, RuntimeError):
        return False
    return True


def _append(text: str, names: Iterable[str], folder: Path) -> Expanded:
    attachments: list[Attachment] = []
    problems: list[str] = []
    seen: set[Path] = set()
    for name in names:
        try:
            path = (folder / Path(name).expanduser()).resolve()
            if path not in seen:
                seen.add(path)
                attachments.append(Attachment(name.replace("\n", "␊"), _text_of(path)))
        except (_Refused, ValueError, RuntimeError) as reason:
            problems.append(f"{visible(name)} cannot be attached: {reason}")
        except OSError as error:
            told = (error.strerror or str(error)).lower()
            problems.append(f"{visible(name)} cannot be attached: {told}; check the name")
    if problems:
        return Expanded(text, (), tuple(problems))
    whole = "\n\n".join([text, *(attachment.source for attachment in attachments)])
    return Expanded(whole, tuple(attachments))


def _text_of(path: Path) -> str:
    """The text of a file, lines ended by line feeds, the last by none."""
    # A pipe or a device would make an ordinary open wait for somebody.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        found = os.fstat(descriptor)
        if stat.S_ISDIR(found.st_mode):
            raise _Refused("it is a folder; name a file in it")
        if not stat.S_ISREG(found.st_mode):
            raise _Refused("it is no regular file; name another")
        with open(descriptor, "rb", closefd=False) as file:
            data = file.read(LARGEST_BYTES + 1)
    finally:
        os.close(descriptor)
    if len(data) > LARGEST_BYTES:
        size = max(found.st_size, len(data)) / 1024
        raise _Refused(
            f"it has {size:,.0f} kB and the model has to read all of it; "
            f"attach a part of at most {LARGEST_BYTES // 1024} kB"
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise _Refused("it is not text in UTF-8; name another")
    return text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n")


def _count(lines: int) -> str:
    return f"{lines} line" if lines == 1 else f"{lines} lines"

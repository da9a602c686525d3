"""Examples as lines of JSON that other training tools read.

- chat: `prompt` and `completion`, each a list of messages with `role` and `content`, as trl takes
  them; trl trains the completion alone.
- sharegpt: `conversations` with `from` and `value`, and `system`. An answer that is context has the
  `weight` 0, the target 1; tools that do not read weights train on all answers.
- alpaca: `instruction` and `output`, with `system` and, as pairs, `history`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

from store.disk import failure
from store.errors import SomaError
from training.example import Example, Turn

Format = Literal["chat", "sharegpt", "alpaca"]
_SHAREGPT = {"user": "human", "assistant": "gpt"}


def row(example: Example, form: Format) -> dict[str, Any]:
    """Give an example in a format."""
    return _ROWS[form](example)


def write_examples(
    examples: Iterable[Example], form: Format, manifest: dict[str, Any], out: Path
) -> tuple[Path, Path]:
    """Write examples as lines of JSON, and the manifest beside them; gives both paths.

    The manifest's file has the same name with ".manifest.json" behind it. A file that is there is
    not replaced. Either both files are there at the end, or SomaError says what is wrong.
    """
    beside = out.with_name(f"{out.name}.manifest.json")
    rows = "".join(json.dumps(row(one, form), ensure_ascii=False) + "\n" for one in examples)
    _write_new(beside, json.dumps(manifest, indent=1) + "\n")
    try:
        _write_new(out, rows)
    except SomaError:
        with suppress(OSError):
            beside.unlink()
        raise
    return out, beside


def _write_new(path: Path, text: str) -> None:
    """Write a file whole or not at all: its name is taken first, so that none is replaced."""
    if os.path.isdir(path):
        raise SomaError(f"{path} is a folder; name a file in it")
    scratch = path.with_name(f".{path.name[:200]}.{os.getpid()}.part")
    try:
        path.open("x").close()
    except FileExistsError as error:
        raise SomaError(f"{path} is there already; choose another name") from error
    except (FileNotFoundError, NotADirectoryError) as error:
        raise SomaError(f"{path.parent} is no folder; make it or choose another place") from error
    except OSError as error:
        raise failure("the examples cannot be written", error, path) from error
    try:
        with scratch.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        scratch.replace(path)
    except OSError as error:
        with suppress(OSError):
            path.unlink()
        with suppress(OSError):
            scratch.unlink()
        raise failure("the examples cannot be written", error, path) from error


def _chat(example: Example) -> dict[str, Any]:
    *prompt, target = [{"role": turn.role, "content": turn.text} for turn in example.turns]
    return {"prompt": prompt, "completion": [target]}


def _sharegpt(example: Example) -> dict[str, Any]:
    system, turns = _parts(example)
    said: list[dict[str, Any]] = []
    for turn in turns:
        weight = int(turn is turns[-1])
        said.append({"from": _SHAREGPT[turn.role], "value": turn.text, "weight": weight})
    return {"system": system, "conversations": said}


def _alpaca(example: Example) -> dict[str, Any]:
    system, turns = _parts(example)
    texts = [turn.text for turn in turns]
    return {
        "instruction": example.question,
        "input": "",
        "output": example.answer,
        "system": system,
        "history": [list(pair) for pair in zip(texts[:-2:2], texts[1:-2:2], strict=True)],
    }


def _parts(example: Example) -> tuple[str, list[Turn]]:
    first, *rest = example.turns
    return (first.text, rest) if first.role == "system" else ("", list(example.turns))


_ROWS: dict[Format, Callable[[Example], dict[str, Any]]] = {
    "chat": _chat,
    "sharegpt": _sharegpt,
    "alpaca": _alpaca,
}
FORMATS: tuple[Format, ...] = tuple(_ROWS)

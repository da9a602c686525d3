"""Examples on their way to the training process: through a pipe, so that no file keeps a text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, cast

from store.errors import SomaError
from training.example import Example, Split, Turn

TRAINED: tuple[Split, ...] = ("train", "dev")


def hand_over(examples: Iterable[Example], manifest: Mapping[str, Any]) -> str:
    """Give the text that `take_over` reads: the examples of the manifest that are trained on.

    Raises SomaError where one of them is not among `examples` any more.
    """
    known = {example.hash: example for example in examples}
    wanted = [row for row in manifest["examples"] if row.get("split") in TRAINED]
    gone = [row for row in wanted if row["hash"] not in known]
    if gone:
        raise SomaError(
            f"{len(gone)} of the {len(wanted)} examples that the run was learning from were "
            "changed or forgotten since; start a new run"
        )
    rows = (
        [row["split"], [[turn.role, turn.text] for turn in known[row["hash"]].turns]]
        for row in wanted
    )
    return "".join(json.dumps(row) + "\n" for row in rows)


def take_over(text: str, manifest: Mapping[str, Any]) -> list[Example]:
    """Give the examples in a text that `hand_over` made.

    Raises SomaError where they are not those that the manifest names.
    """
    try:
        examples = [_example(*json.loads(line)) for line in text.splitlines()]
    except (ValueError, TypeError) as error:
        raise SomaError("the examples of the run cannot be read; start a new run") from error
    named = [
        (row["hash"], row["split"]) for row in manifest["examples"] if row.get("split") in TRAINED
    ]
    if [(example.hash, example.split) for example in examples] != named:
        raise SomaError("the examples are not those of the run's manifest; start a new run")
    return examples


def _example(split: str, turns: list[list[Any]]) -> Example:
    said = tuple(Turn(role, str(text)) for role, text in turns)
    return Example("rated", "", "", "", said, split=cast(Split, split))

"""A version: a LoRA adapter that came of a training run, with what it came of and was found to be.

It is a folder of its own: `adapter.gguf`, `version.json`, and beside them `manifest.json`,
`evaluation.json` and, for the export, the adapter as peft saved it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from store.errors import StoreError

Json = dict[str, Any]
FORMAT = 1
PERSONAL = "personal"
"""The specialist whose versions carry no name but SOMA's."""
ADAPTER, VERSION, MANIFEST, EVALUATION = (
    "adapter.gguf", "version.json", "manifest.json", "evaluation.json",
)  # fmt: skip
PEFT, RETRAIN = "adapter", "retrain.json"
_NAME = re.compile(r"soma-(?:([a-z][a-z0-9-]*)-)?v([1-9][0-9]*)")


class VersionError(StoreError):
    """A version is not there, not whole, or not for this SOMA."""


@dataclass(frozen=True, slots=True)
class Version:
    """What is known of a version without its manifest and its evaluation.

    `base` and `adapter` are SHA-256 digests of the GGUF files of its base and of itself, `size`
    is the adapter's in bytes. `parent` is the version that served when it was made, "" the base
    alone; `run` the training run that it came of; `created` is in Unix seconds. `retrain` is
    whether something that it was trained on has been forgotten since.
    """

    name: str
    number: int
    specialist: str
    base: str
    base_name: str
    adapter: str
    size: int
    parent: str
    run: str
    created: float
    decision: Mapping[str, Any] | None = None
    retrain: bool = False

    def as_json(self) -> Json:
        """Give what `read_version` reads."""
        content = asdict(self)
        del content["retrain"]
        return {"format": FORMAT, **content}


def version_name(specialist: str, number: int) -> str:
    """Give the name of a version, such as "soma-v3" or "soma-coder-v1"."""
    return f"soma-v{number}" if specialist == PERSONAL else f"soma-{specialist}-v{number}"


def name_parts(name: str) -> tuple[str, int]:
    """Give specialist and number of a version's name. Raises VersionError where it is none."""
    found = _NAME.fullmatch(name)
    if found is None or found[1] == PERSONAL:
        raise VersionError(f"{name!r} is no version; `soma versions list` shows all")
    return found[1] or PERSONAL, int(found[2])


def read_version(folder: Path) -> Version:
    """Give the version in a folder, by its name and its `version.json`; the adapter is not read.

    Raises VersionError where it is not whole, or was made by a newer SOMA.
    """
    specialist, number = name_parts(folder.name)
    content = read_json(folder / VERSION)
    require_format(content, folder.name)
    kinds = {one.name: one.type for one in fields(Version) if one.name != "retrain"}
    given: Json = {name: content.get(name) for name in kinds}
    sound = all(_fits(value, str(kinds[name])) for name, value in given.items())
    if not sound or (given["name"], given["specialist"], given["number"]) != (
        folder.name, specialist, number,
    ):  # fmt: skip
        raise VersionError(f"{folder / VERSION} is not what was written; remove {folder}")
    return replace(Version(**given), retrain=(folder / RETRAIN).exists())


def require_format(content: Json, what: str) -> None:
    """Raises VersionError where a JSON object was written by a newer SOMA."""
    number = content.get("format")
    if type(number) is int and number > FORMAT:
        raise VersionError(
            f"{what} is from a newer SOMA (format {number}, this one reads {FORMAT}); update SOMA"
        )


def read_json(file: Path) -> Json:
    """Give the JSON object in a file. Raises VersionError where there is none."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        raise VersionError(f"{file} cannot be read: {why}") from error
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise VersionError(f"{file} is no JSON object any more")
    return content


def _fits(value: Any, kind: str) -> bool:
    if kind == "float":
        return type(value) in (int, float)
    if kind.startswith("Mapping"):
        return value is None or isinstance(value, dict)
    return type(value).__name__ == kind

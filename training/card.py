"""Where a model comes from: its model card's front matter, read and written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_FRONT = re.compile(r"---\r?\n(.*?)\r?\n---", re.DOTALL)
_FIELD = re.compile(r"^([a-z_]+):[ \t]*(.*(?:\n[ \t]*- .*)*)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Card:
    """Licence, version, names of the models that it was made from, and its lineage: one line for
    each step from the first base on. What a card does not say is empty."""

    licence: str = ""
    version: str = ""
    bases: tuple[str, ...] = ()
    lineage: tuple[str, ...] = ()

    def add_to(self, writer: Any) -> None:
        """Writes what is known with a `gguf.GGUFWriter`."""
        if self.licence:
            writer.add_license(self.licence)
        if self.version:
            writer.add_version(self.version)
        if self.bases:
            writer.add_base_model_count(len(self.bases))
        for number, base in enumerate(self.bases):
            writer.add_base_model_name(number, base)
        if self.lineage:
            writer.add_array("soma.lineage", list(self.lineage))

    def text(self, title: str) -> str:
        """The card as a README.md that `read_card` reads back."""
        fields: list[tuple[str, str | tuple[str, ...]]] = [
            ("license", self.licence),
            ("version", self.version),
            ("base_model", self.bases),
            ("lineage", self.lineage),
        ]
        lines = ["---"]
        for name, value in fields:
            if value and isinstance(value, str):
                lines.append(f"{name}: {value}")
            elif value:
                lines += [f"{name}:", *(f"- {entry}" for entry in value)]
        return "\n".join([*lines, "---", f"# {title}", ""])


def read_card(folder: Path) -> Card:
    """What README.md in `folder` says in its front matter; empty where there is none."""
    file = folder / "README.md"
    text = file.read_text(encoding="utf-8", errors="replace") if file.is_file() else ""
    front = _FRONT.match(text)
    fields = dict(_FIELD.findall(front[1])) if front else {}
    return Card(
        " ".join(_entries(fields.get("license", ""))),
        " ".join(_entries(fields.get("version", ""))),
        _entries(fields.get("base_model", "")),
        _entries(fields.get("lineage", "")),
    )


def _entries(value: str) -> tuple[str, ...]:
    """The entries of a YAML list, or the one value, without quotes."""
    lines = (line.strip().removeprefix("- ").strip() for line in value.splitlines())
    return tuple(line.strip("'\"") for line in lines if line.strip("[]'\" "))

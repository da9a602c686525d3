"""What the place for models lists: groups, rows, the text of their columns; draws nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from agents.engine.gpu import Offload
from agents.model_listing import KnownModel
from agents.model_settings import ModelSettings
from agents.text import visible
from soma_tui.figures import byte_count, parameter_count

KNOWN_GROUP = "in the box and added"
FOUND_GROUP = "in other programs’ folders"
MARK_WIDTH, LEAST_NAME = 2, 20


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its title, its width in cells, and whether it is set to the right."""

    title: str
    width: int
    right: bool = False


COLUMNS = {
    "parameters": Column("size", 7, right=True),
    "quantisation": Column("quant", 8),
    "bytes": Column("on disk", 8, right=True),
    "context": Column("context", 9, right=True),
    "source": Column("from", 12),
    "fits": Column("memory", 12),
}
_MOST_NEEDED = ("fits", "bytes", "source", "parameters", "quantisation", "context")


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is no model: the name of a group, or what is to be said about it."""

    text: str
    heading: bool = False


@dataclass(slots=True)
class ModelRows:
    """The models as they are known, found and filtered.

    `looking` is the folder that is looked through now, None when that is over; `complete` says
    whether it has been over once. `loaded` is the path of the model in use.
    """

    known: list[KnownModel] = field(default_factory=list)
    found: list[KnownModel] = field(default_factory=list)
    looking: str | None = None
    complete: bool = False
    opened: bool = False
    filter: str = ""
    loaded: str | None = None

    def lines(self) -> Iterator[KnownModel | Line]:
        """All lines from top to bottom."""
        if not self.opened:
            yield Line("What is stored is being opened …")
            return
        known, found = ([m for m in group if self._shown(m)] for group in (self.known, self.found))
        if self.filter and not known and not found and self.complete:
            yield Line(f"Nothing matches “{visible(self.filter)}”; esc takes the filter away.")
            return
        yield Line(KNOWN_GROUP, heading=True)
        yield from known
        if len(self.known) == 1 and not self.filter:
            yield Line("Only the starter so far: g gets a real model, a adds a GGUF file.")
        yield Line(FOUND_GROUP, heading=True)
        yield from found
        if self.looking is not None:
            yield Line(f"looking in {self.looking} …")
        elif self.complete and not self.found:
            yield Line("None in the folders of Hugging Face, Ollama, LM Studio and llama.cpp.")

    def in_use(self, model: KnownModel) -> bool:
        """Whether this model answers, or will once it is loaded."""
        return model.path == self.loaded if self.loaded else model.in_use

    def take_in(self, added: KnownModel) -> None:
        """Show a model among the known ones that was just added."""
        self.known = [m for m in self.known if m.name != added.name] + [added]
        self.found = [m for m in self.found if m.path != added.path]

    def model(self, key: str | None) -> KnownModel | None:
        """The model of a row."""
        return next((m for m in (*self.known, *self.found) if key_of(m) == key), None)

    def _shown(self, model: KnownModel) -> bool:
        text = f"{model.name} {model.source} {model.quantisation} {model.architecture}".casefold()
        return all(word in text for word in self.filter.casefold().split())


def key_of(model: KnownModel) -> str:
    """What tells a row from all others, also after the list was made anew."""
    return f"{model.source}:{model.path}:{model.name}"


def columns_for(width: int) -> list[str]:
    """The columns that fit beside a name, in their order; the most needed ones first to stay."""
    left = width - MARK_WIDTH - LEAST_NAME
    chosen = set()
    for name in _MOST_NEEDED:
        needed = COLUMNS[name].width + 1
        if needed > left:
            break
        left -= needed
        chosen.add(name)
    return [name for name in COLUMNS if name in chosen]


def cell(model: KnownModel, column: str) -> str:
    """The text of one column; empty where the file could not be read."""
    if column == "source":
        return model.source
    if model.problem:
        return "unusable" if column == "fits" else ""
    match column:
        case "parameters":
            return parameter_count(model.parameters)
        case "quantisation":
            return visible(model.quantisation)
        case "bytes":
            return byte_count(model.size_bytes)
        case "context":
            return f"{model.context:,}"
    return model.fits


def details(model: KnownModel, settings: ModelSettings, home: Path) -> list[tuple[str, str]]:
    """Everything about one model as pairs of what and how; what is empty is left out."""
    pairs = [("", visible(short_path(model.path, home)))]
    if model.problem:
        return [*pairs, ("problem", visible(model.problem))]
    kind = f"{visible(model.architecture)} · {parameter_count(model.parameters)} parameters"
    pairs.append(("kind", f"{kind} · {visible(model.quantisation)}"))
    pairs.append(("context", f"trained for {model.context:,} tokens"))
    memory = model.memory
    if memory is None:
        pairs.append(("memory", "unknown: the file does not say enough about its layers"))
    else:
        parts = f"weights {byte_count(memory.weights)}, cache {byte_count(memory.cache)}"
        parts += f", work {byte_count(memory.compute)}"
        total = byte_count(memory.total)
        pairs.append(("memory", f"{total} at {memory.context:,} tokens ({parts})"))
    if model.free_bytes is not None:
        pairs.append(("free", f"{byte_count(model.free_bytes)}: {_verdict(model)}"))
    if model.offload is not None:
        pairs.append(("graphics card", f"{_on_cards(model.offload, settings)}"))
    chosen = settings.as_dict()
    listed = " · ".join(f"{name} {_number(value)}" for name, value in chosen.items())
    pairs.append(("settings", listed or "the model’s own; s changes them"))
    return pairs


def _on_cards(fitting: Offload, settings: ModelSettings) -> str:
    """What goes onto the graphics cards: what the settings say, else what fits."""
    if settings.gpu_layers is not None:
        return f"{settings.gpu_layers} layers, by your setting; {fitting} would fit"
    if not fitting.layers:
        return str(fitting)
    return f"{fitting} ({byte_count(fitting.size)} of what is free now)"


def _verdict(model: KnownModel) -> str:
    largest = model.largest_context
    if largest is None:
        return "whether it fits is not known"
    most = f"the largest context that fits is {largest:,}" if largest else "no context fits"
    said = {"fits": "it fits", "tight": "it fits, and little is left", "does not fit": "too little"}
    return f"{said[model.fits]}; {most}"


def short_path(path: str, home: Path) -> str:
    """A path with ~ for the home directory."""
    inside = Path(path)
    return f"~/{inside.relative_to(home)}" if inside.is_relative_to(home) else path


def _number(value: int | float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"

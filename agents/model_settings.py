"""How each model is to generate and to be loaded, as the user wants it: stored by model name."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import TYPE_CHECKING, Any

from store.errors import SomaError

if TYPE_CHECKING:
    from agents.engine.engine import EngineOptions
    from agents.engine.sampling import SamplingSettings
    from store.settings import Settings

Value = int | float
UNSET = "default"
_THOUSANDS = re.compile(r"\d{1,3}(,\d{3})+")
_LONGEST_SHOWN = 40


class SettingError(SomaError):
    """A setting that is not known, or a value out of its range; the message names the range."""


@dataclass(frozen=True, slots=True)
class Field:
    """What one setting takes: a `whole` number or any, from `least` to `most`, and what it does.

    With `above_least` or `below_most` that end is not allowed itself.
    """

    whole: bool
    least: Value
    most: Value
    meaning: str
    above_least: bool = False
    below_most: bool = False

    @property
    def range(self) -> str:
        """The allowed values in words."""
        kind = "a whole number" if self.whole else "a number"
        if not (self.above_least or self.below_most):
            return f"{kind} from {self.least:,} to {self.most:,}"
        least = f"above {self.least:,}" if self.above_least else f"of at least {self.least:,}"
        most = f"below {self.most:,}" if self.below_most else f"at most {self.most:,}"
        return f"{kind} {least} and {most}"

    def takes(self, value: Value) -> bool:
        """Whether the value is within the range."""
        least = value > self.least if self.above_least else value >= self.least
        most = value < self.most if self.below_most else value <= self.most
        return least and most


FIELDS: dict[str, Field] = {
    "temperature": Field(False, 0, 100, "0 always takes the likeliest token"),
    "top_k": Field(True, 0, 1_000_000, "draw from the K likeliest tokens; 0 is off"),
    "top_p": Field(
        False, 0, 1, "draw from the likeliest that make up this share; 1 is off", above_least=True
    ),
    "min_p": Field(
        False, 0, 1, "drop what is less likely than this share of the likeliest", below_most=True
    ),
    "repeat_penalty": Field(
        False, 0, 100, "above 1 discourages what was just said", above_least=True
    ),
    "max_tokens": Field(True, 1, 1_000_000, "the longest answer in tokens"),
    "context": Field(True, 256, 1_048_576, "tokens the model sees at once; takes memory"),
    "threads": Field(True, 1, 256, "threads of the processor"),
    "gpu_layers": Field(True, 0, 999, "layers on a graphics card; 0 is none"),
}
_SAMPLING = ("temperature", "top_k", "top_p", "min_p", "repeat_penalty")
_LOADING = ("context", "threads", "gpu_layers")


@dataclass(frozen=True, slots=True)
class ModelSettings:
    """What the user wants of one model; None leaves it to the model's own default.

    Raises SettingError for a value out of its range.
    """

    temperature: float | None = None
    top_k: int | None = None
    top_p: float | None = None
    min_p: float | None = None
    repeat_penalty: float | None = None
    max_tokens: int | None = None
    context: int | None = None
    threads: int | None = None
    gpu_layers: int | None = None

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if value is not None:
                check(name, value)

    def changed(self, changes: Mapping[str, Value | str | None]) -> ModelSettings:
        """These settings with others in place of some; a text is read as a person writes it."""
        parsed: dict[str, Any] = {name: parse(name, value) for name, value in changes.items()}
        return replace(self, **parsed)

    def sampling(self, default: SamplingSettings) -> SamplingSettings:
        """The sampling of an answer that asks for none of its own."""
        return replace(default, **self._given(_SAMPLING))

    def engine_options(self, asked: EngineOptions) -> EngineOptions:
        """How the model is to be loaded; what was `asked` for at the start of SOMA comes first."""
        wanted = self._given(_LOADING)
        return replace(asked, **{n: v for n, v in wanted.items() if getattr(asked, n) is None})

    def as_dict(self) -> dict[str, Value]:
        """What is set, by name."""
        return self._given(FIELDS)

    def _given(self, names: Any) -> dict[str, Any]:
        return {name: getattr(self, name) for name in names if getattr(self, name) is not None}


def parse(name: str, value: Value | str | None) -> Value | None:
    """The value that a text stands for; None for an empty one, and for `default`.

    Raises SettingError with the allowed range.
    """
    field = _field(name)
    if value is None or (isinstance(value, str) and value.strip() in ("", UNSET)):
        return None
    return check(name, _number(name, value, field) if isinstance(value, str) else value)


def check(name: str, value: Value) -> Value:
    """The value if the setting of that name takes it. Raises SettingError with the range."""
    field = _field(name)
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or (isinstance(value, float) and not math.isfinite(value)):
        raise _refused(name, value, field)
    if (field.whole and value != int(value)) or not field.takes(value):
        raise _refused(name, value, field)
    return int(value) if field.whole else float(value)


def _field(name: str) -> Field:
    if name not in FIELDS:
        raise SettingError(f"there is no setting {name!r}; there are {', '.join(FIELDS)}")
    return FIELDS[name]


def _number(name: str, text: str, field: Field) -> Value:
    text = text.strip()
    if _THOUSANDS.fullmatch(text):
        text = text.replace(",", "")
    try:
        return int(text) if field.whole else float(text)
    except ValueError:
        raise _refused(name, text, field) from None


def _refused(name: str, value: object, field: Field) -> SettingError:
    shown = f"{value:g}" if isinstance(value, float) else str(value)
    return SettingError(f"{name} cannot be {shown[:_LONGEST_SHOWN]}; it takes {field.range}")


class ModelSettingsStore:
    """The settings of all models, each model's under a key of its own."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def get(self, model: str) -> ModelSettings:
        """The settings of a model; a stored value that is no longer allowed is left out."""
        stored = self._settings.get(_key(model), {})
        known = {}
        for field in fields(ModelSettings):
            try:
                known[field.name] = check(field.name, stored[field.name])
            except (KeyError, SettingError):
                continue
        return ModelSettings(**known)  # type: ignore[arg-type]

    def set(self, model: str, settings: ModelSettings) -> None:
        """Keeps them; they are on disk when the call returns."""
        self._settings.set(_key(model), settings.as_dict())

    def forget(self, model: str) -> None:
        """Drops the settings of a model that is no longer known."""
        if self._settings.get(_key(model)):
            self.set(model, ModelSettings())


def _key(model: str) -> str:
    return f"model_settings:{model}"

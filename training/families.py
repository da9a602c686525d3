"""What the converter has to know about a family of models."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Protocol

Numbers = dict[str, int | float | bool | str]


@dataclass(frozen=True, slots=True)
class TensorPlan:
    """One tensor: its name in the checkpoint, its name in the GGUF, its shape, what to add to it.

    Rows of the checkpoint's tensor beyond the first of `shape` are left out. An `exact` one stays
    F32 whatever type is asked for. `head_rows` is the size of a head whose two halves of rows are
    to be put in turn. `factor` multiplies it. One with `values` is in no checkpoint.
    """

    source: str
    target: str
    shape: tuple[int, ...]
    shift: float = 0.0
    exact: bool = False
    head_rows: int = 0
    factor: float = 1.0
    values: tuple[float, ...] = ()


class Vocabulary(Protocol):
    """A model's tokens, which write themselves into a GGUF file."""

    @property
    def tokens(self) -> list[str]:
        """All tokens by id."""

    def add_to(self, writer: Any) -> None:
        """Writes the keys of the tokenizer with `gguf.GGUFWriter`."""


class Family(ABC):
    """A family of models, made from a checkpoint's configuration.

    Raises ConvertError where the configuration asks for what llama.cpp does not do.
    `classes` are the names in config.json's `architectures`; `key_values` are without the
    architecture's prefix; `add_bos` says whether the models were trained to see BOS first.
    """

    architecture: ClassVar[str]
    classes: ClassVar[tuple[str, ...]]
    add_bos: ClassVar[bool]
    key_values: Numbers

    @abstractmethod
    def __init__(self, config: Mapping[str, Any], folder: Path) -> None: ...

    @abstractmethod
    def vocabulary(self, folder: Path, rows: int) -> Vocabulary:
        """The tokens of the checkpoint in `folder`, whose embedding has `rows` rows."""

    @abstractmethod
    def canonical(self, name: str) -> str | None:
        """The plan's `source` for a tensor's name in the checkpoint; None if it is not needed."""

    @abstractmethod
    def tensors(self, vocabulary_size: int) -> list[TensorPlan]:
        """Every tensor of the model, in the order in which they are written."""

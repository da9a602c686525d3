"""An example as the tokens that a checkpoint is trained on, rendered as SOMA renders a chat."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agents.engine.chat_template import ChatTemplate
from training.checkpoint import ConvertError, read_json
from training.example import Example
from training.tokenizer_files import adds_bos, chat_template, read_settings, special_ids


@dataclass(frozen=True, slots=True)
class Encoded:
    """The tokens of an example; those from the place `answer` on are the target."""

    ids: tuple[int, ...]
    answer: int

    @property
    def trained(self) -> int:
        """How many of the tokens are trained on."""
        return len(self.ids) - self.answer


class CheckpointVocabulary:
    """The tokenizer of a checkpoint's folder, read without torch or transformers.

    Raises ConvertError where there is none that can be read.
    """

    def __init__(self, folder: Path, settings: Mapping[str, Any]) -> None:
        from tokenizers import Tokenizer

        file = folder / "tokenizer.json"
        content = read_json(file)
        try:
            self._markup, self._plain = (Tokenizer.from_file(str(file)) for _ in range(2))
        except Exception as error:  # tokenizers raises no other class
            raise ConvertError(f"{file} cannot be read ({error}); get it again") from None
        self._plain.encode_special_tokens = True
        size = self._markup.get_vocab_size()
        names = [self._markup.id_to_token(number) or "" for number in range(size)]
        self._ids = special_ids(names, settings, {})
        self.bos, self.eos = self._ids.get("bos", -1), self._ids.get("eos", -1)
        self.adds_bos = self.bos >= 0 and adds_bos(content, settings)

    @property
    def ends(self) -> set[int]:
        """The tokens that end an answer."""
        return {self._ids[role] for role in ("eos", "eot") if role in self._ids}

    def tokenize(self, text: str, *, markup: bool) -> list[int]:
        """Token ids of `text`; names of special tokens are those tokens with `markup` alone."""
        chosen = self._markup if markup else self._plain
        return list(chosen.encode(text, add_special_tokens=False).ids)

    def name(self, token: int) -> str:
        """How the vocabulary writes `token`, "" where there is none."""
        return (self._markup.id_to_token(token) or "") if token >= 0 else ""

    def has(self, markup: str) -> bool:
        """Whether `markup` is one special token of this vocabulary."""
        return (
            len(self.tokenize(markup, markup=True)) == 1 != len(self.tokenize(markup, markup=False))
        )


class Encoder:
    """Encodes examples for the checkpoint in `folder`, with its own chat template.

    What the user says cannot open or close a turn. Raises ConvertError where the checkpoint has
    no tokenizer, no template, or a template that does not end an answer with a token of its own.
    """

    def __init__(self, folder: Path) -> None:
        settings = read_settings(folder)
        self._vocabulary = CheckpointVocabulary(folder, settings)
        source = chat_template(folder, settings)
        if not source:
            raise ConvertError(
                f"{folder} has no chat template, so nobody can say how it is talked to; "
                "choose the instruction-tuned variant of the model"
            )
        self._template = ChatTemplate(source, self._vocabulary)
        between = self._template.next_turn("")
        ends = self._vocabulary.ends
        last = next((place for place, token in enumerate(between) if token in ends), None)
        if last is None:
            raise ConvertError(
                f"the chat template of {folder} does not end an answer with a token that stops "
                "the model; choose another model"
            )
        self._closing = between[: last + 1]

    def encode(self, example: Example) -> Encoded:
        """Give the example's tokens: one BOS if any, the context, the answer and its end."""
        first, *rest = example.turns
        system, said = (first.text, rest) if first.role == "system" else ("", list(example.turns))
        ids = self._template.opening(system, said[0].text)
        for answer, question in zip(said[1:-1:2], said[2::2], strict=True):
            ids += self._vocabulary.tokenize(answer.text, markup=False)
            ids += self._template.next_turn(question.text)
        start = len(ids)
        ids += self._vocabulary.tokenize(said[-1].text, markup=False) + self._closing
        return Encoded(tuple(ids), start)

    def measure(self, example: Example) -> int:
        """Give how many tokens an example has."""
        return len(self.encode(example).ids)

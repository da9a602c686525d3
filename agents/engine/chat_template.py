"""A conversation as the tokens a model was trained on: the model's own chat template, never a
guess.

A turn is rendered by itself, so that what was sent before stays exactly as it was sent and only
the new turn has to be evaluated.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Sequence
from functools import cached_property
from typing import Any, Protocol

from store.errors import SomaError

CHATML = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
PLAIN = (
    "{{ bos_token }}{% for message in messages %}"
    "{{ {'system': '', 'user': 'User: ', 'assistant': 'Assistant: '}[message.role] }}"
    "{{ message.content }}\n{% endfor %}{% if add_generation_prompt %}Assistant:{% endif %}"
)
_SYSTEM, _FIRST, _ANSWER, _NEXT = "Sys7Q0zK", "Usr7Q1zK", "Asw7Q2zK", "Usr7Q3zK"


class Vocabulary(Protocol):
    """What a template needs of a tokenizer, whoever reads it; see `agents.engine.vocabulary`."""

    bos: int
    eos: int
    adds_bos: bool

    def tokenize(self, text: str, *, markup: bool) -> list[int]:
        """Token ids of `text`; names of special tokens are those tokens with `markup` alone."""

    def name(self, token: int) -> str:
        """How the vocabulary writes `token`."""

    def has(self, markup: str) -> bool:
        """Whether `markup` is one special token."""


class TemplateError(SomaError):
    """The model's chat template cannot be used; the message says why."""


class ChatTemplate:
    """Renders turns to token ids by a Jinja template (as in `tokenizer.chat_template` of a GGUF).

    `fallback` is None when the model brought the template, else the name of the format used
    instead:
    "ChatML" where the vocabulary has its tokens, otherwise "plain", whose answers end at `stop`.
    """

    def __init__(self, source: str | None, vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self.fallback: str | None = None
        self.stop: tuple[str, ...] = ()
        if not source:
            chatml = vocabulary.has("<|im_start|>") and vocabulary.has("<|im_end|>")
            self.fallback = "ChatML" if chatml else "plain"
            self.stop = ("<|im_end|>",) if chatml else ("\nUser:",)
            source = CHATML if chatml else PLAIN
        self._source = re.sub(r"{%-?\s*(end)?generation\s*-?%}", "", source)

    def opening(self, system: str, user: str) -> list[int]:
        """Token ids of the first turn up to where the answer begins, with exactly one BOS if any.

        An empty `system` prompt is left out.
        """
        messages = self._system_message() if system else []
        rendered = self._render([*messages, _message("user", _FIRST)])
        ids = self._tokenize(rendered, {_SYSTEM: system, _FIRST: user})
        bos = self._vocabulary.bos
        body = [token for token in ids if token != bos]
        written = len(body) < len(ids)
        return [bos, *body] if bos >= 0 and (written or self._vocabulary.adds_bos) else body

    def next_turn(self, user: str) -> list[int]:
        """Token ids that follow an answer: its closing markup, the user's turn, the answer's
        opening."""
        return self._tokenize(self._between_turns, {_NEXT: user})

    @cached_property
    def _between_turns(self) -> str:
        messages = [
            *self._system_message(),
            _message("user", _FIRST),
            _message("assistant", _ANSWER),
            _message("user", _NEXT),
        ]
        _, found, rest = self._render(messages).partition(_ANSWER)
        if not found or _NEXT not in rest:
            raise TemplateError("the model's chat template leaves out answers; use another model")
        return rest

    @cached_property
    def _system_role(self) -> bool:
        try:
            text = self._render([_message("system", _SYSTEM), _message("user", _FIRST)])
        except TemplateError:
            return False
        return _SYSTEM in text

    def _system_message(self) -> list[dict[str, str]]:
        return [_message("system", _SYSTEM)] if self._system_role else []

    @cached_property
    def _template(self) -> Any:
        from jinja2 import TemplateSyntaxError
        from jinja2.ext import loopcontrols
        from jinja2.sandbox import ImmutableSandboxedEnvironment

        environment = ImmutableSandboxedEnvironment(
            trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols]
        )
        environment.globals["raise_exception"] = _raise
        environment.globals["strftime_now"] = lambda form: datetime.datetime.now().strftime(form)
        try:
            return environment.from_string(self._source)
        except TemplateSyntaxError as error:
            raise TemplateError(
                f"the model's chat template cannot be read ({error}); use another model"
            ) from error

    def _render(self, messages: Sequence[dict[str, str]]) -> str:
        from jinja2 import TemplateError as JinjaError

        try:
            return str(
                self._template.render(
                    messages=list(messages),
                    add_generation_prompt=True,
                    bos_token=self._vocabulary.name(self._vocabulary.bos),
                    eos_token=self._vocabulary.name(self._vocabulary.eos),
                )
            )
        except (JinjaError, TypeError, ValueError, ArithmeticError, LookupError) as error:
            raise TemplateError(
                f"the model's chat template fails ({error}); use another model"
            ) from error

    def _tokenize(self, rendered: str, contents: dict[str, str]) -> list[int]:
        """Tokens of the rendered text with each stand-in replaced by its content.

        Content that spells a special token's name is tokenised apart, as plain text: a user cannot
        open or close a turn.
        """
        if not self._system_role and contents.get(_SYSTEM):
            contents[_FIRST] = f"{contents[_SYSTEM]}\n\n{contents[_FIRST]}"
        present = [name for name in contents if name in rendered]
        tokenize = self._vocabulary.tokenize
        if all(
            tokenize(contents[n], markup=True) == tokenize(contents[n], markup=False)
            for n in present
        ):
            for name in present:
                rendered = rendered.replace(name, contents[name])
            return tokenize(rendered, markup=True)
        ids: list[int] = []
        for part in re.split("(" + "|".join(present) + ")", rendered):
            is_content = part in contents
            ids += tokenize(contents[part] if is_content else part, markup=not is_content)
        return ids


def _message(role: str, content: str) -> dict[str, str]:
    return {"role": role, "content": content}


def _raise(message: str) -> None:
    from jinja2 import TemplateError as JinjaError

    raise JinjaError(message)

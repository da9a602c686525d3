"""How many tokens an example has for the starter model; only its vocabulary is loaded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from store.errors import SomaError
from training.example import Example
from training.filters import Measure
from training.starter import CHECKPOINT, starter_gguf

_MOST_KEPT = 20_000


@contextmanager
def starter_measure(cache: Path, log: Path | None = None) -> Iterator[Measure]:
    """Open the measure of the starter, whose GGUF file lies in `cache` or is made there.

    llama.cpp's log goes to `log`. Raises SomaError where the starter is missing or unreadable.
    """
    from agents.engine import library as llama
    from agents.engine.chat_template import ChatTemplate
    from agents.engine.vocabulary import Vocabulary

    path = starter_gguf(cache)
    library = llama.load(log)
    parameters = library.llama_model_default_params()
    parameters.vocab_only = True
    model = library.llama_model_load_from_file(str(path).encode(), parameters)
    if not model:
        raise SomaError(f"the vocabulary of {path} cannot be read; remove the file and try again")
    try:
        vocabulary = Vocabulary(library, model)
        source = (CHECKPOINT / "chat_template.jinja").read_text(encoding="utf-8")
        template = ChatTemplate(source, vocabulary)
        opening, between = len(template.opening("", "")), len(template.next_turn(""))

        @lru_cache(_MOST_KEPT)
        def count(text: str) -> int:
            return len(vocabulary.tokenize(text, markup=False))

        def measure(example: Example) -> int:
            """The tokens of what is said, and of the marks around it."""
            exchanges = sum(turn.role == "user" for turn in example.turns)
            return opening + exchanges * between + sum(count(turn.text) for turn in example.turns)

        yield measure
    finally:
        library.llama_model_free(model)

"""What a front end is told of a model that has been loaded."""

from __future__ import annotations

from agents.engine.engine import Engine
from agents.engine.gguf_file import GgufHeader
from agents.events import ModelSummary
from agents.models import STARTER

_FALLBACKS = {
    "ChatML": "this model brings no chat template; SOMA writes ChatML, its tokens are there",
    "plain": "this model brings no chat template; SOMA writes plain 'User:' and 'Assistant:' "
    "lines, so answers may be poor",
}


def summary(name: str, header: GgufHeader, engine: Engine) -> ModelSummary:
    """What the screen shows of a model that is in use."""
    return ModelSummary(
        name=name,
        path=str(header.path),
        architecture=header.architecture,
        parameters=header.parameters,
        quantisation=header.quantisation,
        context_size=engine.context_size,
        size_bytes=header.size_bytes,
        threads=engine.threads,
        starter=name == STARTER,
        template=engine.template.fallback is None,
    )


def template_notice(engine: Engine) -> str | None:
    """What is to be said where a model has no chat template that can be used."""
    fallback = engine.template.fallback
    return None if fallback is None else _FALLBACKS[fallback]

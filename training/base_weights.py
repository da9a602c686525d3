"""The weights of a pristine base in torch, as a run asks for them; for its process alone."""

from __future__ import annotations

from typing import Any

import torch
from transformers import AutoConfig, AutoModelForCausalLM

from training.checkpoint import ConvertError
from training.run_settings import RunSettings

_TEXT_OF_SEEING = {"^(model\\.language_model|language_model\\.model)\\.": "model."}
"""Of models that also see, the tensors of the part that reads text, under the names that a model
of text alone has for them."""


def load_base(settings: RunSettings) -> Any:
    """Give the base of `settings`, in 32 bits; of one that also sees, the part that reads text.

    Code that lies beside a checkpoint is never run. Raises ConvertError where transformers cannot
    load it.
    """
    options: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    try:
        config = AutoConfig.from_pretrained(settings.base, **options)
        text = config.get_text_config()
        if text is not config:
            options["key_mapping"] = _TEXT_OF_SEEING
        return AutoModelForCausalLM.from_pretrained(
            settings.base, config=text, dtype=torch.float32, use_safetensors=True, **options
        )
    except (OSError, ValueError, RuntimeError, KeyError) as error:
        if isinstance(error, torch.OutOfMemoryError):
            raise
        why = str(error).strip().splitlines()[0]
        raise ConvertError(
            f"{settings.base} cannot be loaded ({why}); get the checkpoint again"
        ) from error

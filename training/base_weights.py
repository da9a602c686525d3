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
_TYPES = {"fp32": torch.float32, "bf16": torch.bfloat16}


def load_base(settings: RunSettings) -> Any:
    """Give the base of `settings`, on its device; of one that also sees, the part that reads text.

    With "nf4" all linear layers but the head are quantised twice over (QLoRA, arXiv 2305.14314).
    Code that lies beside a checkpoint is never run. Raises ConvertError where transformers cannot
    load it, torch.OutOfMemoryError where it does not fit.
    """
    options: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
    try:
        config = AutoConfig.from_pretrained(settings.base, **options)
        text = config.get_text_config()
        if text is not config:
            options["key_mapping"] = _TEXT_OF_SEEING
        if settings.quantise == "nf4":
            options |= {"quantization_config": _nf4(settings), "device_map": {"": settings.device}}
        base = AutoModelForCausalLM.from_pretrained(
            settings.base,
            config=text,
            dtype=_TYPES[settings.precision],
            use_safetensors=True,
            **options,
        )
    except (OSError, ValueError, RuntimeError, KeyError, ImportError) as error:
        if isinstance(error, torch.OutOfMemoryError):
            raise
        why = str(error).strip().splitlines()[0]
        raise ConvertError(
            f"{settings.base} cannot be loaded ({why}); get the checkpoint again"
        ) from error
    if settings.quantise == "nf4":
        _keep_weights_as_they_are(base)
    else:
        base.to(settings.device)
    if settings.checkpointing:
        base.gradient_checkpointing_enable({"use_reentrant": False})
    return base


def _nf4(settings: RunSettings) -> Any:
    from transformers import BitsAndBytesConfig

    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=_TYPES[settings.precision],
    )


def _keep_weights_as_they_are(base: Any) -> None:
    """On processors with AVX512-BF16, bitsandbytes packs weights anew when they are evaluated, and
    every gradient after that is wrong without an error."""
    from bitsandbytes.nn import Linear4bit

    for module in base.modules():
        if isinstance(module, Linear4bit):
            module.support_avx512bf16_for_cpu = False

"""What a checkpoint's tokenizer files say beside the vocabulary: special tokens, BOS, template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from training.checkpoint import ConvertError, read_json

NAMES = {"bos": "bos_token", "eos": "eos_token", "unknown": "unk_token", "padding": "pad_token"}
TURN_ENDS = ("<end_of_turn>", "<|eot_id|>", "<|im_end|>")


def read_settings(folder: Path) -> dict[str, Any]:
    """`tokenizer_config.json`, empty where there is none."""
    file = folder / "tokenizer_config.json"
    return read_json(file) if file.is_file() else {}


def special_ids(
    tokens: Sequence[str], settings: Mapping[str, Any], usual: Mapping[str, str]
) -> dict[str, int]:
    """Ids of special tokens by role: bos, eos, unknown, padding, eot (the end of a turn).

    `usual` names tokens where the settings are silent. A role without a token is left out.
    """
    ids = {text: number for number, text in enumerate(tokens)}
    names = {"eot": next((text for text in TURN_ENDS if text in ids), "")}
    for role, key in NAMES.items():
        value = settings.get(key) or usual.get(role, "")
        names[role] = str(value.get("content")) if isinstance(value, dict) else str(value)
    return {role: ids[name] for role, name in names.items() if name in ids}


def adds_bos(content: Mapping[str, Any], settings: Mapping[str, Any]) -> bool:
    """Whether the tokenizer puts BOS before a text, by its settings or its post-processor."""
    stated = settings.get("add_bos_token")
    if isinstance(stated, bool):
        return stated
    processor = content.get("post_processor") or {}
    for step in processor.get("processors") or [processor]:
        single = step.get("single") or []
        if step.get("type") == "TemplateProcessing" and single and "SpecialToken" in single[0]:
            return True
    return False


def chat_template(folder: Path, settings: Mapping[str, Any]) -> str | None:
    """The template of the folder: its own file first, then the settings' default one."""
    file = folder / "chat_template.jinja"
    if file.is_file():
        try:
            return file.read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            raise ConvertError(f"{file} cannot be read ({error}); get it again") from None
    template = settings.get("chat_template")
    if isinstance(template, list):
        named = {entry.get("name"): entry.get("template") for entry in template}
        template = named.get("default")
    return template if isinstance(template, str) else None

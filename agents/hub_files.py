"""Which files of a repository make a model: one GGUF file, or a checkpoint to train on."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

USUAL = ("Q4_K_M", "Q4_0", "Q5_K_M", "Q6_K", "Q8_0", "Q4_K_S", "F16", "BF16")
"""Quantisations in the order in which one is chosen where none is named."""

_QUANTISATION = re.compile(r"(?i)(?<![a-z0-9])(i?q\d(?:_[a-z0-9]+)*|bf16|f16|f32)(?![a-z0-9])")
_PART = re.compile(r"-\d{5}-of-\d{5}\.gguf$")
_WITH_WEIGHTS = re.compile(
    r"(?:config|generation_config|tokenizer|tokenizer_config|special_tokens_map|added_tokens|"
    r"vocab|model\.safetensors\.index)\.json|tokenizer\.model|merges\.txt|chat_template\.jinja|"
    r"LICENSE(?:\.\w+)?|README\.md"
)


def quantisation_of(name: str) -> str:
    """The quantisation that a file's name states, such as "Q4_K_M"; "" where it states none."""
    found = _QUANTISATION.findall(name.rpartition("/")[2])
    return str(found[-1]).upper() if found else ""


def choose_gguf(sizes: Mapping[str, int], wanted: str = "") -> str:
    """The GGUF file for a quantisation or a file's name; for none, the most usual there is.

    `sizes` gives the size in bytes by the file's name. Raises ValueError with the reason.
    """
    files = [name for name in sizes if name.lower().endswith(".gguf") and "mmproj" not in name]
    if not files:
        hint = "; with --checkpoint its weights are fetched for training"
        more = hint if any(name.endswith(".safetensors") for name in sizes) else ""
        raise ValueError(f"has no GGUF file{more}")
    if wanted in files:
        return _whole(wanted)
    named = {quantisation_of(name): name for name in sorted(files, reverse=True)}
    if wanted:
        if wanted.upper() not in named:
            raise ValueError(f"has no {wanted}; it has {_listed(files)}")
        return _whole(named[wanted.upper()])
    for quantisation in USUAL:
        if quantisation in named:
            return _whole(named[quantisation])
    if len(files) > 1:
        raise ValueError(f"has several GGUF files; name one of {_listed(files)}")
    return _whole(files[0])


def choose_checkpoint(sizes: Mapping[str, int]) -> list[str]:
    """The files of a checkpoint: safetensors in the top folder, configuration and tokenizer.

    Raises ValueError with the reason.
    """
    weights = [name for name in sizes if re.fullmatch(r"model[\w.-]*\.safetensors", name)]
    if not weights:
        pickled = any(name.endswith((".bin", ".pt", ".pth")) for name in sizes)
        raise ValueError(
            "has its weights as pickle files alone, which can run code; only safetensors are taken"
            if pickled
            else "has no weights as safetensors; name a repository that has"
        )
    if "config.json" not in sizes:
        raise ValueError("has no config.json, so it is no checkpoint of transformers")
    return weights + [name for name in sizes if _WITH_WEIGHTS.fullmatch(name)]


def _whole(name: str) -> str:
    if _PART.search(name):
        raise ValueError(f"has {name} in several parts; only models of one file are downloaded")
    return name


def _listed(files: Iterable[str]) -> str:
    return ", ".join(sorted({quantisation_of(name) or name for name in files}))

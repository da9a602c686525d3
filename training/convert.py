"""Checkpoint to GGUF, for llama.cpp to run.

Follows what llama.cpp's own converter does, so that the files are interchangeable; a family of
models is described in a module of its own (`training.gemma3`), everything else is here.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from training.bert import Bert
from training.checkpoint import FLOATS, Checkpoint, ConvertError
from training.families import Family, Numbers, TensorPlan, Vocabulary
from training.gemma3 import Gemma3
from training.gguf_tensors import write_tensors
from training.llama import Llama, Mistral, Qwen2, Qwen3
from training.output import new_file, scratch_file
from training.quantise import K_QUANTS, quantise
from training.tools import OnProgress

__all__ = ["OUT_TYPES", "ConvertError", "OutType", "convert_checkpoint", "out_type"]

OutType = Literal[
    "f32", "f16", "bf16", "q8_0",
    "q2_k", "q3_k_m", "q4_0", "q4_k_s", "q4_k_m", "q5_k_s", "q5_k_m", "q6_k",
]  # fmt: skip
PLAIN_TYPES: tuple[OutType, ...] = ("f32", "f16", "bf16", "q8_0")
OUT_TYPES: tuple[OutType, ...] = (
    *PLAIN_TYPES, "q2_k", "q3_k_m", "q4_0", "q4_k_s", "q4_k_m", "q5_k_s", "q5_k_m", "q6_k",
)  # fmt: skip
FILE_TYPES = {"f32": 0, "f16": 1, "q8_0": 7, "bf16": 32}
"""llama.cpp's numbers for `general.file_type`."""
FINGERPRINT = "soma.fingerprint"
"""Key of the checkpoint's fingerprint, by which an adapter knows its base."""

WITHOUT_LOSS: dict[str, OutType] = {"F64": "f32", "F32": "f32", "F16": "f16", "BF16": "bf16"}
FAMILIES: tuple[type[Family], ...] = (Gemma3, Llama, Mistral, Qwen2, Qwen3, Bert)


def out_type(text: str) -> OutType:
    """The type that `text` names; raises ConvertError, which lists all, where it names none."""
    for known in OUT_TYPES:
        if known == text.lower():
            return known
    raise ConvertError(f"there is no type {text}; choose one of {', '.join(OUT_TYPES)}")


def convert_checkpoint(
    checkpoint: Path,
    out: Path,
    outtype: OutType = "f16",
    name: str | None = None,
    *,
    overwrite: bool = True,
    on_progress: OnProgress | None = None,
) -> None:
    """Writes the model in the folder `checkpoint` to the GGUF file `out`.

    Matrices take the type `outtype` (Q8_0 becomes F16 where rows are not a multiple of 32), norms
    stay F32. K-quants are made by llama.cpp from a file in the checkpoint's own type, which lies
    beside `out` meanwhile. `name` is the name that the file carries, else the folder's. The file
    appears under its name when it is whole. Weights pass through memory some megabytes at a time;
    a vocabulary of 262,144 tokens takes about 200 MB while it is read. `on_progress` is told what
    is done and the share from 0 to 1; what it raises stops the conversion, and nothing is left.
    Raises ConvertError for a checkpoint that is not whole or not supported.
    """
    convert_model(Checkpoint(checkpoint), out, outtype, name, overwrite, on_progress)


def convert_model(
    model: Checkpoint,
    out: Path,
    outtype: OutType,
    name: str | None,
    overwrite: bool,
    on_progress: OnProgress | None,
) -> None:
    """As `convert_checkpoint`, for a checkpoint that is open."""
    family = family_of(model)
    sources = _sources(model, family)
    vocabulary = _vocabulary(model, family, _rows(model, family, sources))
    plans = family.tensors(len(vocabulary.tokens))
    _check(model, plans, sources)
    with new_file(out, overwrite=overwrite) as scratch:

        def write(target: Path, kind: OutType) -> None:
            writer = _writer(target, family, vocabulary, kind)
            _describe(writer, model, name, plans)
            writer.add_string(FINGERPRINT, model.fingerprint())
            write_tensors(writer, out, model, plans, sources, kind, _share("converting"))

        def _share(doing: str) -> Any:
            return lambda share: on_progress(doing, share) if on_progress else None

        if outtype in K_QUANTS:
            with scratch_file(out) as between:
                write(between, WITHOUT_LOSS[model.matrices_type])
                quantise(between, scratch, outtype, _share(f"quantising to {outtype}"))
        else:
            write(scratch, outtype)


def family_of(model: Checkpoint) -> Family:
    """How models of the checkpoint's kind are written; raises ConvertError for an unknown kind."""
    stated = model.config.get("architectures") or [model.config.get("model_type", "nothing")]
    named = [str(name) for name in (stated if isinstance(stated, list) else [stated])]
    for family in FAMILIES:
        if set(named) & set(family.classes):
            return family(model.config, model.folder)
    supported = ", ".join(name for family in FAMILIES for name in family.classes)
    raise ConvertError(
        f"{model.folder} is a {named[0]}, which cannot be converted; supported: {supported}"
    )


def require_weights(model: Checkpoint, family: Family) -> None:
    """Raises ConvertError where tensors of the family are missing, of another shape, quantised, or
    where there are others."""
    sources = _sources(model, family)
    _check(model, family.tensors(_rows(model, family, sources)), sources)


def _sources(model: Checkpoint, family: Family) -> dict[str, str]:
    """Names of tensors in the checkpoint by their names in the plan."""
    sources = {}
    for stored in model.tensors:
        canonical = family.canonical(stored)
        if canonical is None:
            continue
        if (dtype := model.tensors[stored].dtype) not in FLOATS:
            raise ConvertError(
                f"{model.tensors[stored].file} stores {stored} as {dtype}; "
                "convert a checkpoint that is not quantised"
            )
        sources[canonical] = stored
    return sources


def _vocabulary(model: Checkpoint, family: Family, rows: int) -> Vocabulary:
    try:
        return family.vocabulary(model.folder, rows)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        raise ConvertError(
            f"the tokenizer files in {model.folder} are damaged; get the checkpoint again"
        ) from None


def _rows(model: Checkpoint, family: Family, sources: dict[str, str]) -> int:
    embedding = family.tensors(0)[0].source
    if embedding not in sources:
        raise ConvertError(f"{model.folder} lacks the tensor {embedding}; get it again")
    return model.tensors[sources[embedding]].shape[0]


def _check(model: Checkpoint, plans: list[TensorPlan], sources: dict[str, str]) -> None:
    for plan in plans:
        if plan.values:
            continue
        if plan.source not in sources:
            raise ConvertError(f"{model.folder} lacks the tensor {plan.source}; get it again")
        shape = model.tensors[sources[plan.source]].shape
        if (
            shape[1:] != plan.shape[1:]
            or shape[0] < plan.shape[0]
            or (
                shape[0] > plan.shape[0] and plan is not plans[0] and plan.target != "output.weight"
            )
        ):
            raise ConvertError(
                f"{model.folder} has {plan.source} in the shape {shape}, and its config.json asks "
                f"for {plan.shape}; get it again"
            )
    unknown = sorted(set(sources) - {plan.source for plan in plans})
    if unknown:
        raise ConvertError(
            f"{model.folder} has the tensor {unknown[0]}, which has no place in this architecture; "
            "merge adapters and undo quantisation first"
        )


def _writer(scratch: Path, family: Family, vocabulary: Vocabulary, outtype: OutType) -> Any:
    import gguf

    writer = gguf.GGUFWriter(scratch, family.architecture)
    writer.add_type("model")
    writer.add_file_type(FILE_TYPES[outtype])
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    _add_numbers(writer, {f"{family.architecture}.{k}": v for k, v in family.key_values.items()})
    vocabulary.add_to(writer)
    return writer


def _add_numbers(writer: Any, values: Numbers) -> None:
    for key, value in values.items():
        if isinstance(value, bool):
            writer.add_bool(key, value)
        elif isinstance(value, int):
            writer.add_uint32(key, value)
        elif isinstance(value, float):
            writer.add_float32(key, value)
        else:
            writer.add_string(key, value)


def _describe(writer: Any, model: Checkpoint, name: str | None, plans: list[TensorPlan]) -> None:
    """Name, size, and what the model card says of licence, version and origin."""
    import math

    import gguf

    writer.add_name(name or model.folder.resolve().name)
    count = sum(math.prod(plan.shape) for plan in plans)
    writer.add_size_label(gguf.size_label(count, count, 0, 0))
    model.card.add_to(writer)

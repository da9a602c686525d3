"""Checkpoint to GGUF: `python -m training.convert CHECKPOINT OUT.gguf [--type f16]`.

Follows what llama.cpp's own converter does, so that the files are interchangeable; a family of
models is described in a module of its own (`training.gemma3`), everything else is here.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Literal

from store.errors import SomaError
from training.bert import Bert
from training.checkpoint import FLOATS, Checkpoint, ConvertError
from training.families import Family, Numbers, TensorPlan, Vocabulary
from training.gemma3 import Gemma3

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["OUT_TYPES", "ConvertError", "OutType", "convert_checkpoint"]

OutType = Literal["f32", "f16", "bf16", "q8_0"]
OUT_TYPES: tuple[OutType, ...] = ("f32", "f16", "bf16", "q8_0")
FILE_TYPES: dict[OutType, int] = {"f32": 0, "f16": 1, "q8_0": 7, "bf16": 32}
"""llama.cpp's numbers for `general.file_type`."""
LARGEST = {"F16": 65504.0, "Q8_0": 127 * 65504.0}
FAMILIES: tuple[type[Family], ...] = (Gemma3, Bert)


def convert_checkpoint(
    checkpoint: Path, out: Path, outtype: OutType = "f16", name: str | None = None
) -> None:
    """Writes the model in the folder `checkpoint` to the GGUF file `out`.

    Matrices take the type `outtype` (Q8_0 becomes F16 where rows are not a multiple of 32), norms
    stay F32. `name` is the name that the file carries, else the folder's. The file appears under
    its name when it is whole. Weights pass through memory some megabytes at a time; a vocabulary
    of 262,144 tokens takes about 200 MB while it is read.
    Raises ConvertError for a checkpoint that is not whole or not supported.
    """
    model = Checkpoint(checkpoint)
    family = _family(model)
    sources = _sources(model, family)
    vocabulary = family.vocabulary(checkpoint, _rows(model, family, sources))
    plans = family.tensors(len(vocabulary.tokens))
    _check(model, plans, sources)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        handle, scratch_name = tempfile.mkstemp(".part", f".{out.name}.", out.parent)
        os.close(handle)
        scratch = Path(scratch_name)
        try:
            writer = _writer(scratch, family, vocabulary, outtype)
            _describe(writer, checkpoint, name, plans)
            _write(writer, model, plans, sources, outtype)
            scratch.chmod(0o644)
            scratch.replace(out)
        finally:
            scratch.unlink(missing_ok=True)
    except OSError as error:
        raise ConvertError(
            f"{out} cannot be written: {error.strerror}; check the folder and the space on the disk"
        ) from error


def _family(model: Checkpoint) -> Family:
    named = model.config.get("architectures") or [model.config.get("model_type", "nothing")]
    for family in FAMILIES:
        if set(named) & set(family.classes):
            return family(model.config, model.folder)
    supported = ", ".join(name for family in FAMILIES for name in family.classes)
    raise ConvertError(
        f"{model.folder} is a {named[0]}, which cannot be converted; supported: {supported}"
    )


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


def _rows(model: Checkpoint, family: Family, sources: dict[str, str]) -> int:
    embedding = family.tensors(0)[0].source
    if embedding not in sources:
        raise ConvertError(f"{model.folder} lacks the tensor {embedding}; get it again")
    return model.tensors[sources[embedding]].shape[0]


def _check(model: Checkpoint, plans: list[TensorPlan], sources: dict[str, str]) -> None:
    for plan in plans:
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


def _describe(writer: Any, folder: Path, name: str | None, plans: list[TensorPlan]) -> None:
    """Name, size, and what the model card's front matter says of licence and base."""
    import math

    import gguf

    writer.add_name(name or folder.resolve().name)
    count = sum(math.prod(plan.shape) for plan in plans)
    writer.add_size_label(gguf.size_label(count, count, 0, 0))
    card = folder / "README.md"
    text = card.read_text(encoding="utf-8", errors="replace") if card.is_file() else ""
    front = re.match(r"---\n(.*?)\n---", text, re.DOTALL)
    fields = (
        dict(re.findall(r"^(\w+):[ \t]*(?:\n- )?(\S+)", front[1], re.MULTILINE)) if front else {}
    )
    if "license" in fields:
        writer.add_license(fields["license"])
    if "base_model" in fields:
        writer.add_base_model_count(1)
        writer.add_base_model_name(0, fields["base_model"])


def _write(
    writer: Any, model: Checkpoint, plans: list[TensorPlan], sources: dict[str, str], kind: OutType
) -> None:
    import numpy as np
    from gguf import GGMLQuantizationType as Type
    from gguf.quants import quant_shape_to_byte_shape

    pieces = []
    for plan in plans:
        stored = Type[kind.upper()]
        if plan.exact or len(plan.shape) == 1 or plan.target.endswith("norm.weight"):
            stored = Type.F32
        elif stored is Type.Q8_0 and plan.shape[-1] % 32:
            stored = Type.F16
        rows = _Rows(model, sources[plan.source], plan, stored)
        rows.nbytes = int(np.prod(quant_shape_to_byte_shape(plan.shape, stored)))
        writer.add_tensor_info(plan.target, plan.shape, np.dtype(np.float32), rows.nbytes, stored)
        pieces.append(rows)
    try:
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_ti_data_to_file()
        for rows in pieces:
            writer.write_tensor_data(rows)
        writer.flush()
        for file in writer.fout:
            os.fsync(file.fileno())
    finally:
        writer.close()


class _Rows:
    """Stands where GGUFWriter wants an array, and makes it piece by piece when it is written."""

    nbytes: int

    def __init__(self, model: Checkpoint, source: str, plan: TensorPlan, stored: Any) -> None:
        self._model, self._source, self._plan, self._stored = model, source, plan, stored

    def tofile(self, file: BinaryIO) -> None:
        """Writes the tensor's bytes to `file`."""
        for piece in self._quantised():
            piece.tofile(file)

    def _quantised(self) -> Iterator[NDArray[Any]]:
        import numpy as np
        from gguf.quants import quantize

        for values in self._model.rows(self._source, self._plan.shape[0]):
            if self._plan.shift:
                values = values + np.float32(self._plan.shift)
            largest = float(np.abs(values).max())
            if not np.isfinite(largest):
                raise ConvertError(
                    f"{self._model.folder} holds values in {self._source} that are not finite; "
                    "its training went wrong"
                )
            if largest > LARGEST.get(self._stored.name, largest):
                raise ConvertError(
                    f"{self._source} reaches {largest:g}, more than {self._stored.name} holds; "
                    "convert to bf16 or f32"
                )
            yield quantize(values, self._stored)


def main(arguments: list[str] | None = None) -> int:
    """The command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m training.convert", description=__doc__)
    parser.add_argument("checkpoint", type=Path, help="folder with config.json and safetensors")
    parser.add_argument("out", type=Path, help="the GGUF file to write")
    parser.add_argument("--type", choices=OUT_TYPES, default="f16", help="type of the matrices")
    parser.add_argument("--name", help="name that the file carries (the folder's)")
    given = parser.parse_args(arguments)
    try:
        convert_checkpoint(given.checkpoint, given.out, given.type, given.name)
    except SomaError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

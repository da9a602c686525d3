"""Tensors of a checkpoint written into a GGUF file, piece by piece."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from training.checkpoint import ConvertError, Tensors
from training.families import TensorPlan
from training.output import require_room

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LARGEST = {"F16": 65504.0, "Q8_0": 127 * 65504.0}
OnShare = Callable[[float], None]


def write_tensors(
    writer: Any,
    out: Path,
    model: Tensors,
    plans: Sequence[TensorPlan],
    sources: Mapping[str, str],
    kind: str,
    on_share: OnShare,
) -> None:
    """Writes header, key-values and the planned tensors with a `gguf.GGUFWriter`, and closes it.

    `sources` are names of tensors in `model` by those in the plans, where they differ. Matrices
    take the type `kind` (Q8_0 becomes F16 where rows are not a multiple of 32), norms stay F32.
    `on_share` is told the written share from 0 to 1. Raises ConvertError where `out`'s disk has
    too little room, and for values that are not finite or too large for their type.
    """
    import numpy as np
    from gguf.quants import quant_shape_to_byte_shape

    pieces = []
    for plan in plans:
        stored = _stored_as(plan, kind)
        rows = _Rows(model, sources.get(plan.source, plan.source), plan, stored)
        rows.nbytes = int(np.prod(quant_shape_to_byte_shape(plan.shape, stored)))
        writer.add_tensor_info(plan.target, plan.shape, np.dtype(np.float32), rows.nbytes, stored)
        pieces.append(rows)
    total = sum(rows.nbytes for rows in pieces)
    require_room(out, total)
    done = 0
    try:
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_ti_data_to_file()
        for rows in pieces:

            def told(written: int, before: int = done) -> None:
                on_share((before + written) / total)

            rows.on_bytes = told
            writer.write_tensor_data(rows)
            done += rows.nbytes
        writer.flush()
        for file in writer.fout:
            os.fsync(file.fileno())
    finally:
        writer.close()


def _stored_as(plan: TensorPlan, kind: str) -> Any:
    from gguf import GGMLQuantizationType as Type

    if plan.exact or len(plan.shape) == 1 or plan.target.endswith("norm.weight"):
        return Type.F32
    stored = Type[kind.upper()]
    return Type.F16 if stored is Type.Q8_0 and plan.shape[-1] % 32 else stored


class _Rows:
    """Stands where GGUFWriter wants an array, and makes it piece by piece when it is written."""

    nbytes: int
    on_bytes: Callable[[int], None]

    def __init__(self, model: Tensors, source: str, plan: TensorPlan, stored: Any) -> None:
        self._model, self._source, self._plan, self._stored = model, source, plan, stored

    def tofile(self, file: BinaryIO) -> None:
        """Writes the tensor's bytes to `file`."""
        written = 0
        for piece in self._quantised():
            piece.tofile(file)
            written += piece.nbytes
            self.on_bytes(written)

    def _quantised(self) -> Iterator[NDArray[Any]]:
        import numpy as np
        from gguf.quants import quantize

        for values in self._values():
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

    def _values(self) -> Iterator[NDArray[np.float32]]:
        import numpy as np

        plan = self._plan
        if plan.values:
            yield np.array(plan.values, np.float32)
            return
        for values in self._model.rows(self._source, plan.shape[0], max(1, plan.head_rows)):
            if plan.shift:
                values = values + np.float32(plan.shift)
            if plan.factor != 1:
                values = values * np.float32(plan.factor)
            yield in_turn(values, plan.head_rows) if plan.head_rows else values


def in_turn(rows: NDArray[np.float32], head_rows: int) -> NDArray[np.float32]:
    """Rows of whole heads with the first and the second half of each head's rows in turn."""
    halves = rows.reshape(-1, 2, head_rows // 2, *rows.shape[1:])
    return halves.swapaxes(1, 2).reshape(rows.shape)

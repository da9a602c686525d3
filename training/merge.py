"""An adapter merged into its pristine base: as a checkpoint, or for the converter as one.

W + scale · B A is computed in 32 bits from the base as it was trained, some rows at a time.
"""

from __future__ import annotations

import json
import math
import os
import shutil
import struct
import tempfile
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from training.card import Card, read_card
from training.checkpoint import FLOATS, WIDTHS, Checkpoint, ConvertError
from training.convert import OutType, convert_model, family_of
from training.lora import Lora, check_base
from training.output import cannot_write, require_room
from training.tools import OnProgress

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MERGED_TYPES: dict[str, tuple[str, str]] = {
    "f32": ("F32", "float32"),
    "f16": ("F16", "float16"),
    "bf16": ("BF16", "bfloat16"),
}
"""The names of safetensors and of config.json for the types of a merged checkpoint."""

COPIED = ("*.json", "*.jinja", "tokenizer.model", "*.txt", "LICENSE*", "NOTICE*")
NOT_COPIED = ("config.json", "model.safetensors.index.json")


class Merged(Checkpoint):
    """The checkpoint in the folder `base` with the adapter in the folder `adapter` in its weights.

    Raises ConvertError where either is not whole, or they do not belong together.
    """

    def __init__(self, base: Path, adapter: Path) -> None:
        super().__init__(base)
        family = family_of(self)
        check_base(adapter, Checkpoint(base))
        self.lora = Lora(adapter, family)
        by_name = {family.canonical(name): name for name in self.tensors}
        self._pairs = {}
        for canonical, pair in self.lora.pairs.items():
            if canonical not in by_name:
                raise ConvertError(f"{base} lacks the tensor {canonical}; get it again")
            self._pairs[by_name[canonical]] = pair

    @property
    def matrices_type(self) -> str:
        """F32: sums are not numbers of the base's type."""
        return "F32"

    @property
    def card(self) -> Card:
        """The base's licence; base, adapter and their fingerprints as the lineage."""
        base = read_card(self.folder)
        name = self.lora.base or self.folder.resolve().name
        adapter = self.lora.folder.resolve().name
        step = (
            f"adapter {adapter} ({self.lora.fingerprint()}) "
            f"merged into {name} ({super().fingerprint()})"
        )
        return Card(
            base.licence, read_card(self.lora.folder).version, (name,), (*base.lineage, step)
        )

    def fingerprint(self) -> str:
        """Of base and adapter together."""
        both = super().fingerprint() + self.lora.fingerprint()
        return sha256(both.encode()).hexdigest()[:32]

    def rows(
        self, name: str, limit: int | None = None, multiple: int = 1
    ) -> Iterator[NDArray[np.float32]]:
        """As those of a checkpoint, with the adapter added."""
        pair = self._pairs.get(name)
        if pair is None:
            yield from super().rows(name, limit, multiple)
            return
        import numpy as np

        first, second = self.lora.whole(pair.a), self.lora.whole(pair.b)
        row = 0
        for values in super().rows(name, limit, multiple):
            part = second[row : row + len(values)]
            row += len(values)
            yield values + (part @ first) * np.float32(pair.scale)


def merge_to_gguf(
    base: Path,
    adapter: Path,
    out: Path,
    outtype: OutType = "f16",
    name: str | None = None,
    *,
    overwrite: bool = True,
    on_progress: OnProgress | None = None,
) -> None:
    """Writes base and adapter, merged, to the GGUF file `out`; no checkpoint is made in between.

    As `training.convert.convert_checkpoint` otherwise.
    """
    model = Merged(base, adapter)
    convert_model(model, out, outtype, name or _name(model), overwrite, on_progress)


def merge_to_checkpoint(
    base: Path,
    adapter: Path,
    out: Path,
    kind: OutType = "f16",
    *,
    on_progress: OnProgress | None = None,
) -> None:
    """Writes base and adapter, merged, to the new folder `out`, as a checkpoint in safetensors.

    Tokenizer, template and licence are the base's. The folder appears when it is whole. Raises
    ConvertError where `out` is there already, cannot be written, or values do not fit `kind`.
    """
    if kind not in MERGED_TYPES:
        raise ConvertError(
            f"a merged checkpoint cannot be of the type {kind}; "
            f"choose one of {', '.join(MERGED_TYPES)}, or name a file that ends with .gguf"
        )
    model = Merged(base, adapter)
    if out.exists():
        raise ConvertError(f"{out} is there already; name a new folder")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent) as scratch:
            folder = Path(scratch) / "checkpoint"
            folder.mkdir()
            _copy_files(model, folder, kind)
            _write_weights(model, folder / "model.safetensors", out, kind, on_progress)
            folder.replace(out)
    except OSError as error:
        raise cannot_write(out, error) from error


def _name(model: Merged) -> str:
    return f"{model.folder.resolve().name} with {model.lora.folder.resolve().name}"


def _copy_files(model: Merged, folder: Path, kind: OutType) -> None:
    for pattern in COPIED:
        for file in model.folder.glob(pattern):
            if file.name not in NOT_COPIED:
                shutil.copyfile(file, folder / file.name)
    config = {key: value for key, value in model.config.items() if key != "torch_dtype"}
    config["dtype"] = MERGED_TYPES[kind][1]
    (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")
    (folder / "README.md").write_text(model.card.text(_name(model)), encoding="utf-8")


def _write_weights(
    model: Merged, file: Path, out: Path, kind: OutType, on_progress: OnProgress | None
) -> None:
    """One file, in the form that the safetensors repository describes."""
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    start = 0
    for name, stored in model.tensors.items():
        dtype = MERGED_TYPES[kind][0] if stored.dtype in FLOATS else stored.dtype
        end = start + math.prod(stored.shape) * WIDTHS[dtype]
        header[name] = {"dtype": dtype, "shape": stored.shape, "data_offsets": [start, end]}
        start = end
    require_room(out, start)
    head = json.dumps(header).encode()
    head += b" " * (-len(head) % 8)
    with file.open("wb") as opened:
        opened.write(struct.pack("<Q", len(head)) + head)
        for name, stored in model.tensors.items():
            if stored.dtype in FLOATS:
                for values in model.rows(name):
                    _as_type(values, kind, name).tofile(opened)
            else:
                _copy_bytes(model, name, opened)
            if on_progress:
                on_progress("merging", header[name]["data_offsets"][1] / start)
        opened.flush()
        os.fsync(opened.fileno())


def _as_type(values: NDArray[np.float32], kind: OutType, name: str) -> NDArray[Any]:
    import numpy as np

    if not np.isfinite(values).all():
        raise ConvertError(f"{name} would hold values that are not finite; its training went wrong")
    if kind == "f32":
        return values
    if kind == "bf16":
        bits = np.ascontiguousarray(values).view(np.uint32)
        return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype(np.uint16)
    if float(np.abs(values).max(initial=0.0)) > float(np.finfo(np.float16).max):
        raise ConvertError(f"{name} would be too large for f16; merge to f32 or bf16")
    return values.astype(np.float16)


def _copy_bytes(model: Merged, name: str, opened: BinaryIO) -> None:
    stored = model.tensors[name]
    with stored.file.open("rb") as source:
        source.seek(stored.start)
        opened.write(source.read(math.prod(stored.shape) * WIDTHS[stored.dtype]))

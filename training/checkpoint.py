"""A checkpoint folder in Hugging Face's form, read without torch: configuration and tensors."""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from store.errors import SomaError
from training.card import Card, read_card

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

HEADER_LIMIT = 100 << 20
CHUNK_ELEMENTS = 4 << 20
SAMPLE_BYTES = 4096
PICKLES = ("bin", "pt", "pth", "ckpt", "pkl")
FLOATS = ("F64", "F32", "F16", "BF16")
WIDTHS = {"F64": 8, "F32": 4, "F16": 2, "BF16": 2, "I64": 8, "I32": 4, "I16": 2, "I8": 1, "U8": 1}


class ConvertError(SomaError):
    """A checkpoint cannot be converted; the message names it and says why and what to do."""


@dataclass(frozen=True, slots=True)
class StoredTensor:
    """Where a tensor lies: file, element type as safetensors names it, shape, first byte."""

    file: Path
    dtype: str
    shape: tuple[int, ...]
    start: int


class Tensors:
    """The tensors of `.safetensors` files in a folder; nothing of them is in memory.

    `tensors` maps the names of all tensors to where they lie. Raises ConvertError for a file that
    is damaged or not whole.
    """

    def __init__(self, folder: Path, files: Iterable[Path]) -> None:
        self.folder = folder
        self.tensors: dict[str, StoredTensor] = {}
        for file in files:
            self.tensors.update(_read_index(file))

    def rows(
        self, name: str, limit: int | None = None, multiple: int = 1
    ) -> Iterator[NDArray[np.float32]]:
        """The tensor as float32, in pieces of some million elements along its first dimension.

        `limit` ends it after so many rows; pieces are of a multiple of `multiple` rows. Only one
        is in memory at a time.
        """
        import numpy as np

        stored = self.tensors[name]
        rows = stored.shape[0] if limit is None else limit
        row_elements = math.prod(stored.shape[1:])
        step = max(1, CHUNK_ELEMENTS // max(1, row_elements) // multiple) * multiple
        form = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2"}[stored.dtype]
        with _open(stored.file) as file:
            file.seek(stored.start)
            for first in range(0, rows, step):
                count = min(step, rows - first)
                raw = np.fromfile(file, dtype=form, count=count * row_elements)
                if raw.size != count * row_elements:
                    raise ConvertError(f"{stored.file} is cut off; get the checkpoint again")
                if stored.dtype == "BF16":
                    values = (raw.astype(np.uint32) << 16).view(np.float32)
                else:
                    values = raw.astype(np.float32)
                yield values.reshape(count, *stored.shape[1:])

    def whole(self, name: str) -> NDArray[np.float32]:
        """All of a tensor as float32, for those that are small."""
        import numpy as np

        return np.concatenate(list(self.rows(name)))

    def fingerprint(self) -> str:
        """32 hexadecimal digits, the same for the same tensors however they are spread over files.

        Made of each tensor's name, type, shape and two samples, so it is cheap, and no proof
        against somebody who wants two checkpoints to look the same.
        """
        digest = sha256()
        for name, stored in sorted(self.tensors.items()):
            digest.update(f"{name} {stored.dtype} {stored.shape}\n".encode())
            size = math.prod(stored.shape) * WIDTHS[stored.dtype]
            with _open(stored.file) as file:
                for start in (0, size // 2):
                    file.seek(stored.start + start)
                    digest.update(file.read(min(SAMPLE_BYTES, size - start)))
        return digest.hexdigest()[:32]


class Checkpoint(Tensors):
    """A folder with `config.json` and one or more `.safetensors` files.

    Raises ConvertError where the folder is not such a checkpoint, or is not whole.
    """

    def __init__(self, folder: Path) -> None:
        require_folder(folder, "a checkpoint")
        self.config = read_json(folder / "config.json")
        self.folder = folder
        super().__init__(folder, self._files())

    @property
    def matrices_type(self) -> str:
        """The element type, as safetensors names it, that holds the matrices without loss."""
        kinds = {stored.dtype for stored in self.tensors.values() if len(stored.shape) > 1}
        return kinds.pop() if len(kinds) == 1 else "F32"

    @property
    def card(self) -> Card:
        """Where the model comes from."""
        return read_card(self.folder)

    def _files(self) -> list[Path]:
        index = self.folder / "model.safetensors.index.json"
        if index.is_file():
            weight_map = read_json(index).get("weight_map")
            if not isinstance(weight_map, dict) or not weight_map:
                raise ConvertError(f"{index} names no files; get the checkpoint again")
            names = sorted({Path(str(name)).name for name in weight_map.values()})
            files = [self.folder / name for name in names]
        else:
            files = sorted(self.folder.glob("model*.safetensors"))
        if not files:
            pickled = any(any(self.folder.glob(f"*.{ending}")) for ending in PICKLES)
            why = "only PyTorch files (pickle, which can run code)" if pickled else "no weights"
            raise ConvertError(
                f"{self.folder} holds {why}, no model.safetensors; "
                "get the checkpoint in the safetensors format"
            )
        for file in files:
            if not file.is_file():
                raise ConvertError(f"{self.folder} lacks {file.name}; get the checkpoint again")
        return files


def require_folder(folder: Path, what: str) -> None:
    """Raises ConvertError where `folder`, which is to be `what`, is no folder."""
    if not folder.is_dir():
        trouble = "is not a folder" if folder.exists() else "does not exist"
        raise ConvertError(f"{folder} {trouble}; name the folder of {what}")


def _open(file: Path) -> BinaryIO:
    try:
        return file.open("rb")
    except OSError as error:
        raise ConvertError(
            f"{file} cannot be read: {error.strerror}; check its permissions"
        ) from error


def read_json(file: Path) -> dict[str, Any]:
    """The JSON object in `file`; raises ConvertError where there is none."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConvertError(
            f"{file.parent} has no {file.name}; name the folder of a whole checkpoint"
        ) from None
    except OSError as error:
        raise ConvertError(f"{file} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError):
        raise ConvertError(f"{file} is not JSON; get the checkpoint again") from None
    if not isinstance(content, dict):
        raise ConvertError(f"{file} is not a JSON object; get the checkpoint again")
    return content


def _read_index(file: Path) -> dict[str, StoredTensor]:
    """The tensors of one file, by the format's description in the safetensors repository."""
    size = file.stat().st_size
    damaged = ConvertError(f"{file} is damaged or cut off; get the checkpoint again")
    with _open(file) as opened:
        start = opened.read(8)
        length = struct.unpack("<Q", start)[0] if len(start) == 8 else size
        if length > min(size - 8, HEADER_LIMIT):
            raise damaged
        try:
            entries = json.loads(opened.read(length))
        except (ValueError, RecursionError):
            raise damaged from None
    tensors = {}
    try:
        for name, entry in entries.items():
            if name == "__metadata__":
                continue
            first, last = entry["data_offsets"]
            shape = tuple(int(dimension) for dimension in entry["shape"])
            dtype = str(entry["dtype"])
            if dtype not in WIDTHS:
                raise ConvertError(
                    f"{file} stores {name} as {dtype}; convert a checkpoint that is not quantised"
                )
            if not 0 <= first <= last <= size - 8 - length:
                raise damaged
            if min(shape, default=1) < 1 or math.prod(shape) * WIDTHS[dtype] != last - first:
                raise damaged
            tensors[name] = StoredTensor(file, dtype, shape, 8 + length + first)
    except (AttributeError, KeyError, TypeError, ValueError):
        raise damaged from None
    return tensors

"""The bytes of a GGUF file: reads its key-values and tensor list, and checks each against the file.

The format is described in docs/gguf.md of ggml. Nothing in a file is believed before it was
compared with the file's size, because a model file comes from anywhere and llama.cpp ends the
process on some bad ones. Written with `struct` alone, so that it costs the `soma` command nothing
to import and passes over the 262,144 tokens of a large vocabulary in a few hundredths of a second.
"""

from __future__ import annotations

import stat
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NoReturn

from agents.engine.not_gguf import what_it_is
from store.errors import SomaError

MAGIC = b"GGUF"
DEFAULT_ALIGNMENT = 32
HEADER_LIMIT = 128 << 20
STRING_LIMIT = 16 << 20
ARRAY_STRINGS_LIMIT = 2_000_000
ENTRIES_LIMIT = 65_536
KEY_LIMIT = 65_535
TENSOR_NAME_LIMIT = 63
LARGEST_COUNT = 2**63 - 1
CHUNK = 1 << 20

STRING, ARRAY, UINT32, INT32, FLOAT32 = 8, 9, 4, 5, 6
SCALARS = {
    number: struct.Struct("<" + code)
    for number, code in {
        0: "B", 1: "b", 2: "H", 3: "h", UINT32: "I", INT32: "i", FLOAT32: "f",
        7: "?", 10: "Q", 11: "q", 12: "d",
    }.items()
}  # fmt: skip

TENSOR_TYPES: dict[int, tuple[str, int, int]] = {
    0: ("F32", 1, 4), 1: ("F16", 1, 2), 2: ("Q4_0", 32, 18), 3: ("Q4_1", 32, 20),
    6: ("Q5_0", 32, 22), 7: ("Q5_1", 32, 24), 8: ("Q8_0", 32, 34), 9: ("Q8_1", 32, 36),
    10: ("Q2_K", 256, 84), 11: ("Q3_K", 256, 110), 12: ("Q4_K", 256, 144),
    13: ("Q5_K", 256, 176), 14: ("Q6_K", 256, 210), 15: ("Q8_K", 256, 292),
    16: ("IQ2_XXS", 256, 66), 17: ("IQ2_XS", 256, 74), 18: ("IQ3_XXS", 256, 98),
    19: ("IQ1_S", 256, 50), 20: ("IQ4_NL", 32, 18), 21: ("IQ3_S", 256, 110),
    22: ("IQ2_S", 256, 82), 23: ("IQ4_XS", 256, 136), 24: ("I8", 1, 1), 25: ("I16", 1, 2),
    26: ("I32", 1, 4), 27: ("I64", 1, 8), 28: ("F64", 1, 8), 29: ("IQ1_M", 256, 56),
    30: ("BF16", 1, 2), 34: ("TQ1_0", 256, 54), 35: ("TQ2_0", 256, 66),
    39: ("MXFP4", 32, 17), 40: ("NVFP4", 64, 36), 41: ("Q1_0", 128, 18), 42: ("Q2_0", 64, 18),
}  # fmt: skip
"""ggml's tensor types by number: name, elements in a block, bytes of a block."""


class ModelFileError(SomaError):
    """A file that cannot be used as a model; the message names it and says what to do."""


@dataclass(frozen=True, slots=True)
class Array:
    """An array among the key-values: element type, length, and where its elements lie."""

    type: int
    count: int
    start: int
    end: int


Value = int | float | bool | bytes | Array


@dataclass(frozen=True, slots=True)
class Tensor:
    """One entry of the tensor list; `start` and `size` are bytes within the data section."""

    name: str
    type: int
    elements: int
    start: int
    size: int


@dataclass(frozen=True, slots=True)
class Layout:
    """Everything before the weights. Strings among `values` stay the bytes they are in the file."""

    path: Path
    version: int
    size: int
    values: dict[str, Value]
    types: dict[str, int]
    tensors: list[Tensor]
    header: bytearray
    data_start: int


class _Header:
    """The first part of a file, read only as far as it is asked for, with a place in it."""

    def __init__(self, file: BinaryIO, path: Path, size: int) -> None:
        self.file, self.path, self.size = file, path, size
        self.data = bytearray()
        self.at = 0

    def damaged(self, reason: str) -> NoReturn:
        raise ModelFileError(f"{self.path} is damaged: {reason}; get the file again")

    def cut_off(self) -> NoReturn:
        raise ModelFileError(
            f"{self.path} ends inside its header ({self.size:,} bytes are there): "
            "it was cut off or damaged on its way here; get the file again"
        )

    def need(self, count: int) -> None:
        """Makes sure that `count` bytes from here on are in memory."""
        end = self.at + count
        if end <= len(self.data):
            return
        if end > self.size:
            self.cut_off()
        if end > HEADER_LIMIT:
            self.damaged(f"its header claims more than {HEADER_LIMIT >> 20} MiB")
        self.data += self.file.read(max(end - len(self.data), CHUNK))
        if len(self.data) < end:
            self.cut_off()

    def number(self, form: struct.Struct) -> int:
        self.need(form.size)
        (value,) = form.unpack_from(self.data, self.at)
        self.at += form.size
        return value  # type: ignore[no-any-return]

    def string(self, limit: int, what: str) -> bytes:
        length = self.number(_U64)
        if length > self.size - self.at:
            self.cut_off()
        if length > limit:
            self.damaged(f"{what} claims {length:,} bytes")
        self.need(length)
        self.at += length
        return bytes(self.data[self.at - length : self.at])

    def name(self, limit: int, what: str) -> str:
        raw = self.string(limit, what)
        try:
            name = raw.decode("utf-8")
        except UnicodeDecodeError:
            self.damaged(f"{what} is not UTF-8")
        if not name:
            self.damaged(f"{what} is empty")
        return name

    def skip_strings(self, count: int) -> None:
        if count > ARRAY_STRINGS_LIMIT:
            self.damaged(f"an array claims {count:,} strings")
        data, unpack, at, have = self.data, _U64.unpack_from, self.at, len(self.data)
        for _ in range(count):
            if at + 8 > have:
                self.at = at
                self.need(8)
                have = len(data)
            at += 8 + unpack(data, at)[0]
        self.at = at
        self.need(0)

    def array(self, key: str) -> Array:
        kind, count = self.number(_U32), self.number(_U64)
        if kind == ARRAY:
            self.damaged(f"{key!r} is an array of arrays")
        width = 8 if kind == STRING else SCALARS[kind].size if kind in SCALARS else 0
        if not width:
            self.damaged(f"{key!r} has elements of an unknown type ({kind})")
        if count > (self.size - self.at) // width:
            self.cut_off()
        start = self.at
        if kind == STRING:
            self.skip_strings(count)
        else:
            self.need(count * width)
            self.at += count * width
        return Array(kind, count, start, self.at)

    def key_value(self) -> tuple[str, int, Value]:
        key = self.name(KEY_LIMIT, "the name of a key")
        kind = self.number(_U32)
        if kind == STRING:
            return key, kind, self.string(STRING_LIMIT, repr(key))
        if kind == ARRAY:
            return key, kind, self.array(key)
        if kind not in SCALARS:
            self.damaged(f"{key!r} has an unknown type ({kind})")
        return key, kind, self.number(SCALARS[kind])

    def tensor(self) -> Tensor:
        name = self.name(TENSOR_NAME_LIMIT, "the name of a tensor")
        count = self.number(_U32)
        if not 1 <= count <= 4:
            self.damaged(f"tensor {name!r} claims {count} dimensions")
        shape = [self.number(_U64) for _ in range(count)]
        elements = 1
        for length in shape:
            elements *= length
        if not 0 < elements <= LARGEST_COUNT:
            self.damaged(f"tensor {name!r} has the impossible shape {shape}")
        kind = self.number(_U32)
        if kind not in TENSOR_TYPES:
            raise ModelFileError(
                f"{self.path} stores tensor {name!r} in a format that this version does not know "
                f"({kind}); get the model in another quantisation, such as Q4_K_M or Q8_0"
            )
        label, block, width = TENSOR_TYPES[kind]
        if shape[0] % block:
            self.damaged(f"tensor {name!r} has rows of {shape[0]}, which {label} cannot hold")
        return Tensor(name, kind, elements, self.number(_U64), elements // block * width)


_U32 = struct.Struct("<I")
_U64 = struct.Struct("<Q")


def read_layout(path: Path) -> Layout:
    """Reads and checks everything before the weights, and that the file holds all the weights.

    Raises ModelFileError, and nothing else, whatever the file contains.
    """
    size = _regular_size(path)
    try:
        with path.open("rb") as file:
            return _read(_Header(file, path, size))
    except PermissionError:
        raise _unreadable(path) from None
    except OSError as error:
        raise ModelFileError(
            f"{path} cannot be read: {error.strerror or error}; check the disk"
        ) from error


def _regular_size(path: Path) -> int:
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise ModelFileError(f"{path} does not exist; check the path") from None
    except PermissionError:
        raise _unreadable(path) from None
    except (OSError, ValueError) as error:
        raise ModelFileError(f"{path} cannot be opened: {error}; check the path") from None
    if stat.S_ISDIR(status.st_mode):
        raise ModelFileError(f"{path} is a folder; name the .gguf file itself")
    if not stat.S_ISREG(status.st_mode):
        raise ModelFileError(f"{path} is not a regular file; name a .gguf file")
    if status.st_size == 0:
        raise ModelFileError(f"{path} is empty; get the file again")
    return status.st_size


def _unreadable(path: Path) -> ModelFileError:
    return ModelFileError(f"you have no permission to read {path}; change it with chmod or chown")


def _read(header: _Header) -> Layout:
    version = _version(header)
    tensor_count, value_count = header.number(_U64), header.number(_U64)
    for what, count in (("tensors", tensor_count), ("key-values", value_count)):
        if count > ENTRIES_LIMIT:
            header.damaged(f"it claims {count:,} {what}")

    values: dict[str, Value] = {}
    types: dict[str, int] = {}
    for _ in range(value_count):
        key, kind, value = header.key_value()
        if key in values:
            header.damaged(f"the key {key!r} occurs twice")
        values[key], types[key] = value, kind

    alignment = values.get("general.alignment", DEFAULT_ALIGNMENT)
    if (
        not isinstance(alignment, int)
        or types.get("general.alignment", UINT32) != UINT32
        or alignment < 1
        or alignment & (alignment - 1)
    ):
        header.damaged("general.alignment is not a power of two")

    tensors: list[Tensor] = []
    names: set[str] = set()
    expected = 0
    for _ in range(tensor_count):
        tensor = header.tensor()
        if tensor.name in names:
            header.damaged(f"the tensor {tensor.name!r} occurs twice")
        if tensor.start != expected:
            header.damaged(f"tensor {tensor.name!r} starts at {tensor.start:,}, not {expected:,}")
        names.add(tensor.name)
        tensors.append(tensor)
        expected += -(-tensor.size // alignment) * alignment

    data_start = -(-header.at // alignment) * alignment
    if tensors:
        missing = data_start + tensors[-1].start + tensors[-1].size - header.size
        if missing > 0:
            raise ModelFileError(
                f"{header.path} is cut off: {missing:,} of {header.size + missing:,} bytes are "
                "missing; download or copy it again"
            )
    del header.data[header.at :]
    return Layout(
        header.path, version, header.size, values, types, tensors, header.data, data_start
    )


def _version(header: _Header) -> int:
    start = header.file.read(CHUNK)
    header.data += start
    if not start.startswith(MAGIC):
        raise ModelFileError(f"{header.path} is not a GGUF model: {what_it_is(start)}")
    header.at = len(MAGIC)
    version = header.number(_U32)
    if version == 1:
        raise ModelFileError(
            f"{header.path} is GGUF version 1, which llama.cpp no longer reads; "
            "get a newer conversion of the model"
        )
    if version and version & 0xFFFF == 0:
        raise ModelFileError(
            f"{header.path} is a big-endian GGUF; get the little-endian file of the model"
        )
    if version not in (2, 3):
        raise ModelFileError(
            f"{header.path} claims GGUF version {version}, and this version of SOMA reads 2 and 3; "
            "update SOMA, or get the file again"
        )
    return version

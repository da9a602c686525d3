"""Says what a file is that was taken for a GGUF model, and what to do with it."""

from __future__ import annotations

import json

_OLD_LLAMA = (b"lmgg", b"fmgg", b"tjgg", b"algg")
_COMPRESSED = {
    b"\x1f\x8b": "gzip",
    b"\xfd7zXZ\x00": "xz",
    b"7z\xbc\xaf\x27\x1c": "7z",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"BZh": "bzip2",
}
_OLLAMA_MODEL = "application/vnd.ollama.image.model"


def what_it_is(start: bytes) -> str:
    """From the first bytes of a file (a kilobyte or more): what it looks like, and the way out."""
    text = start[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")
    if _is_safetensors(start):
        return "it is a safetensors checkpoint; get a GGUF conversion of the model"
    if start.startswith(b"PK\x03\x04"):
        return "it is a zip or PyTorch file; get a GGUF conversion of the model, or unpack it"
    if start[:1] == b"\x80" and start[1:2] in (b"\x02", b"\x03", b"\x04", b"\x05"):
        return "it is a pickled PyTorch checkpoint; get a GGUF conversion of the model"
    if start[:4] in _OLD_LLAMA:
        return "it is in the GGML format of 2023; get a GGUF conversion of the model"
    for magic, name in _COMPRESSED.items():
        if start.startswith(magic):
            return f"it is compressed with {name}; unpack it first"
    if text[:64].lower().startswith((b"<!doctype html", b"<html", b"<head")):
        return "it is a web page, left by a failed download; download the model file itself"
    if text.startswith(b"version https://git-lfs.github.com/"):
        return "it is a Git LFS pointer; fetch the file it stands for with `git lfs pull`"
    if text.startswith((b"{", b"[")):
        return _json(start)
    return "it does not begin with the letters GGUF; name a .gguf file"


def _is_safetensors(start: bytes) -> bool:
    return start[8:9] == b"{" and 2 <= int.from_bytes(start[:8], "little") <= 100_000_000


def _json(start: bytes) -> str:
    try:
        content = json.loads(start)
    except (ValueError, RecursionError):
        content = None
    layers = content.get("layers") if isinstance(content, dict) else None
    for layer in layers if isinstance(layers, list) else ():
        if isinstance(layer, dict) and layer.get("mediaType") == _OLLAMA_MODEL:
            digest = str(layer.get("digest", "")).removeprefix("sha256:")
            blob = f"sha256-{digest}" if digest.isalnum() else "sha256-…"
            return f"it is an Ollama manifest; name the model itself, the file blobs/{blob}"
    return "it is JSON text, perhaps the error message of a download; name a .gguf file"

"""What a GGUF model file says about itself, read before llama.cpp is let near it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from agents.engine.gguf_cache import cache_bytes_per_token, feed_forward_width
from agents.engine.gguf_layout import (
    FLOAT32,
    INT32,
    STRING,
    TENSOR_TYPES,
    Layout,
    ModelFileError,
    read_layout,
)
from agents.engine.gguf_parts import other_parts
from agents.engine.gguf_values import count_of, damaged, flag_of, list_of, text_of

__all__ = ["GgufHeader", "ModelFileError", "check_can_chat", "read_header"]

EMBEDDERS = frozenset(
    {"bert", "modern-bert", "nomic-bert", "nomic-bert-moe", "neo-bert", "jina-bert-v2"}
    | {"jina-bert-v3", "eurobert", "gemma-embedding", "llama-embed", "t5encoder"}
)
DIFFUSERS = frozenset(("dream", "llada", "llada-moe"))
FILE_TYPES = {
    0: "F32", 1: "F16", 2: "Q4_0", 3: "Q4_1", 7: "Q8_0", 8: "Q5_0", 9: "Q5_1", 10: "Q2_K",
    11: "Q3_K_S", 12: "Q3_K_M", 13: "Q3_K_L", 14: "Q4_K_S", 15: "Q4_K_M", 16: "Q5_K_S",
    17: "Q5_K_M", 18: "Q6_K", 19: "IQ2_XXS", 20: "IQ2_XS", 21: "Q2_K_S", 22: "IQ3_XS",
    23: "IQ3_XXS", 24: "IQ1_S", 25: "IQ4_NL", 26: "IQ3_S", 27: "IQ3_M", 28: "IQ2_S", 29: "IQ2_M",
    30: "IQ4_XS", 31: "IQ1_M", 32: "BF16", 36: "TQ1_0", 37: "TQ2_0", 38: "MXFP4", 39: "NVFP4",
    40: "Q1_0", 41: "Q2_0",
}  # fmt: skip
"""llama.cpp's names for `general.file_type`."""

GUESSED = 1024
SAMPLES, SAMPLE_SIZE = 16, 4096


@dataclass(frozen=True, slots=True)
class GgufHeader:
    """A model file as its header describes it. What the file does not say is None.

    `parameters` counts the elements of all tensors, `size_bytes` the file, for a split model all
    of its `parts` together. `quantisation` is llama.cpp's name, such as "Q4_K_M", or "none" for a
    file without weights. `kind` is "model", or "adapter", "mmproj" and the like.
    `vocabulary` is equal for two files exactly when token ids and chat template mean the same in
    both. `fingerprint` tells files apart by their header, size and samples of their weights; it
    is cheap, and no proof against somebody who wants two files to look the same.
    `checkpoint` is that of the checkpoint a model was converted from, `trained_on` that of the base
    of an adapter, "" where the file does not say.
    `cache_bytes_per_token`, `feed_forward_width` and `sliding_window` are what memory depends on
    (see `agents.engine.memory`).
    """

    path: Path
    name: str
    architecture: str
    kind: str
    parameters: int
    quantisation: str
    context_length: int | None
    embedding_length: int | None
    block_count: int | None
    vocabulary_size: int
    tokenizer_model: str | None
    chat_template: str | None
    add_bos: bool | None
    has_tensors: bool
    is_embedder: bool
    causal: bool
    parts: int
    size_bytes: int
    fingerprint: str
    vocabulary: str
    cache_bytes_per_token: int | None
    feed_forward_width: int
    sliding_window: bool
    checkpoint: str = ""
    trained_on: str = ""


def read_header(path: Path) -> GgufHeader:
    """Reads and checks the header of a GGUF file, or of all parts of a split one.

    Takes milliseconds and never reads the weights. Raises ModelFileError for whatever is not a
    sound GGUF file; a sound file that cannot chat (see `check_can_chat`) is returned.
    """
    first = read_layout(path)
    layouts = [first, *other_parts(first)]
    architecture = text_of(first, "general.architecture")
    if not architecture:
        raise damaged(first, "it does not say which architecture it has")
    kind = text_of(first, "general.type") or ("mmproj" if architecture == "clip" else "model")
    pooling = count_of(first, f"{architecture}.pooling_type")
    template = text_of(first, "tokenizer.chat_template")
    return GgufHeader(
        path=path,
        name=_label(text_of(first, "general.name") or path.stem),
        architecture=_label(architecture),
        kind=_label(kind),
        parameters=sum(tensor.elements for layout in layouts for tensor in layout.tensors),
        quantisation=_quantisation(first, layouts),
        context_length=count_of(first, f"{architecture}.context_length"),
        embedding_length=count_of(first, f"{architecture}.embedding_length"),
        block_count=count_of(first, f"{architecture}.block_count"),
        vocabulary_size=_vocabulary_size(first),
        tokenizer_model=text_of(first, "tokenizer.ggml.model"),
        chat_template=template,
        add_bos=flag_of(first, "tokenizer.ggml.add_bos_token"),
        has_tensors=any(layout.tensors for layout in layouts),
        is_embedder=architecture in EMBEDDERS or bool(pooling),
        causal=flag_of(first, f"{architecture}.attention.causal") is not False,
        parts=len(layouts),
        size_bytes=sum(layout.size for layout in layouts),
        fingerprint=_fingerprint(layouts),
        vocabulary=_vocabulary(first, template),
        cache_bytes_per_token=cache_bytes_per_token(first, architecture),
        feed_forward_width=feed_forward_width(first, architecture),
        sliding_window=bool(first.values.get(f"{architecture}.attention.sliding_window")),
        checkpoint=text_of(first, "soma.fingerprint") or "",
        trained_on=text_of(first, "soma.base_fingerprint") or "",
    )


def check_can_chat(header: GgufHeader) -> None:
    """Raises ModelFileError with the reason when a sound file is not a model that can chat."""
    reason = _why_not(header)
    if reason:
        raise ModelFileError(f"{header.path} {reason}")


def _why_not(header: GgufHeader) -> str | None:
    if header.kind == "adapter":
        return "is a LoRA adapter, which works only on top of its base model; name a whole model"
    if header.kind == "mmproj" or header.architecture == "clip":
        return "is the image part (mmproj) of another model; name the model it belongs to"
    if header.kind == "imatrix":
        return "holds statistics for quantising (imatrix) and no model; name the model itself"
    if not header.has_tensors:
        return "holds a vocabulary and no weights, so it cannot answer; get the whole model"
    if header.is_embedder:
        return "is an embedding model (text to vectors) and cannot chat; name a chat model"
    if header.architecture in DIFFUSERS or not header.causal:
        return (
            f"is a {header.architecture} model, which does not write token by token; "
            "name a model that does"
        )
    if header.architecture == "t5":
        return "is an encoder-decoder model (t5), made to rewrite text; name a chat model"
    if header.architecture.startswith("wavtokenizer"):
        return "turns tokens into sound and cannot chat; name a chat model"
    if not header.vocabulary_size or header.tokenizer_model in (None, "none", "no_vocab"):
        return "has no vocabulary, so it cannot read or write text; get another conversion"
    if not header.context_length or not header.embedding_length or not header.block_count:
        return (
            f"does not say its context, embedding or block count ({header.architecture}); "
            "get another conversion"
        )
    return None


def _label(text: str) -> str:
    """A name from a file, made safe to print: no control characters, one line, bounded length."""
    printable = "".join(c if c.isprintable() else " " for c in text[:400])
    return " ".join(printable.split())[:120] or "unnamed"


def _vocabulary_size(layout: Layout) -> int:
    tokens = list_of(layout, "tokenizer.ggml.tokens", (STRING,))
    count = tokens.count if tokens else 0
    for key, kinds in (
        ("tokenizer.ggml.scores", (FLOAT32,)),
        ("tokenizer.ggml.token_type", (INT32,)),
    ):
        array = list_of(layout, key, kinds)
        if array and array.count != count:
            raise damaged(layout, f"{key!r} has {array.count:,} entries for {count:,} tokens")
    return count


def _quantisation(first: Layout, layouts: Iterable[Layout]) -> str:
    elements: Counter[int] = Counter()
    for layout in layouts:
        for tensor in layout.tensors:
            elements[tensor.type] += tensor.elements
    if not elements:
        return "none"
    declared = count_of(first, "general.file_type")
    most_used = TENSOR_TYPES[elements.most_common(1)[0][0]][0]
    return most_used if declared is None else FILE_TYPES.get(declared & ~GUESSED, most_used)


def _fingerprint(layouts: Iterable[Layout]) -> str:
    digest = blake2b(digest_size=12)
    for layout in layouts:
        digest.update(layout.header)
        digest.update(layout.size.to_bytes(8, "little"))
        room = layout.size - layout.data_start
        if room <= 0:
            continue
        try:
            with layout.path.open("rb") as file:
                for sample in range(SAMPLES):
                    file.seek(layout.data_start + room * sample // SAMPLES)
                    digest.update(file.read(SAMPLE_SIZE))
        except OSError as error:
            raise ModelFileError(
                f"{layout.path} cannot be read: {error.strerror or error}; check the disk"
            ) from error
    return digest.hexdigest()


def _vocabulary(layout: Layout, template: str | None) -> str:
    digest = blake2b(digest_size=12)
    digest.update((text_of(layout, "tokenizer.ggml.model") or "").encode() + b"\0")
    tokens = list_of(layout, "tokenizer.ggml.tokens", (STRING,))
    if tokens:
        with memoryview(layout.header) as header:
            digest.update(header[tokens.start : tokens.end])
    digest.update(b"\0" + (template or "").encode())
    return digest.hexdigest()

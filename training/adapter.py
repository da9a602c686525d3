"""A LoRA adapter of peft becomes a GGUF adapter, for llama.cpp to apply over its base."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from training.checkpoint import Checkpoint, ConvertError
from training.convert import FILE_TYPES, PLAIN_TYPES, OutType, family_of
from training.families import TensorPlan
from training.gguf_tensors import write_tensors
from training.lora import Lora, check_base
from training.output import new_file
from training.tools import OnProgress

BASE_FINGERPRINT = "soma.base_fingerprint"


def convert_adapter(
    adapter: Path,
    base: Path,
    out: Path,
    outtype: OutType = "f32",
    name: str | None = None,
    *,
    overwrite: bool = True,
    on_progress: OnProgress | None = None,
) -> None:
    """Writes the adapter in the folder `adapter` for the checkpoint `base` to the file `out`.

    llama.cpp scales by alpha / rank, so the alpha that is written makes that the adapter's own
    scale, rsLoRA or not; where scales differ between matrices, B is multiplied by the difference.
    The base's fingerprint goes into the file. Otherwise as `training.convert.convert_checkpoint`.
    Raises ConvertError where the adapter cannot be expressed, or is for another base.
    """
    if outtype not in PLAIN_TYPES:
        raise ConvertError(
            f"an adapter cannot be of the type {outtype}; choose one of {', '.join(PLAIN_TYPES)}"
        )
    model = Checkpoint(base)
    family = family_of(model)
    lora = Lora(adapter, family)
    check_base(adapter, model)
    first = next(iter(lora.pairs.values()))
    alpha = first.scale * first.rank
    plans = []
    for pair in lora.pairs.values():
        rows, columns = lora.tensors[pair.b].shape[0], lora.tensors[pair.a].shape[1]
        target, factor = pair.plan.target, pair.scale * pair.rank / alpha
        plans += [
            TensorPlan(pair.a, f"{target}.lora_a", (pair.rank, columns)),
            TensorPlan(
                pair.b,
                f"{target}.lora_b",
                (rows, pair.rank),
                head_rows=pair.plan.head_rows,
                factor=factor,
            ),
        ]
    with new_file(out, overwrite=overwrite) as scratch:
        writer = _writer(scratch, family.architecture, outtype)
        writer.add_name(name or adapter.resolve().name)
        writer.add_float32("adapter.lora.alpha", alpha)
        writer.add_base_model_count(1)
        writer.add_base_model_name(0, lora.base or base.resolve().name)
        writer.add_string(BASE_FINGERPRINT, model.fingerprint())

        def on_share(share: float) -> None:
            if on_progress:
                on_progress("converting", share)

        write_tensors(writer, out, lora, plans, {}, outtype, on_share)


def _writer(scratch: Path, architecture: str, outtype: OutType) -> Any:
    import gguf

    writer = gguf.GGUFWriter(scratch, architecture)
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_file_type(FILE_TYPES[outtype])
    writer.add_quantization_version(gguf.GGML_QUANT_VERSION)
    return writer

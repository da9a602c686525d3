"""K-quants of a GGUF file by llama.cpp's own `llama_model_quantize`.

    python -m training.quantise SOURCE OUT TYPE

The library cannot be stopped in the middle and may end its process, so it runs in a child that
can be killed; each tensor is told on the child's standard output.
"""

from __future__ import annotations

import ctypes
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from training.checkpoint import ConvertError
from training.output import require_room

K_QUANTS = {
    "q2_k": 10, "q3_k_m": 12, "q4_0": 2, "q4_k_s": 14, "q4_k_m": 15, "q5_k_s": 16, "q5_k_m": 17,
    "q6_k": 18,
}  # fmt: skip
"""llama.cpp's numbers (`llama_ftype`) of the types that it can make of a file in F32, F16, BF16."""

BUFFER_BYTES = 256 << 20
_TENSOR = re.compile(rb"\[\s*(\d+)/\s*(\d+)\]")
_ERROR_LEVEL = 4
_ROOM = 1 << 20


def quantise(source: Path, out: Path, kind: str, on_share: Callable[[float], None]) -> None:
    """Writes the GGUF file `source` in the type `kind` of `K_QUANTS` to `out`.

    `on_share` is told the share of the tensors that is done, from 0 to 1; an exception that it
    raises stops llama.cpp. Raises ConvertError with llama.cpp's reason.
    """
    command = [sys.executable, "-m", "training.quantise", str(source), str(out), kind]
    child = subprocess.Popen(
        command,
        cwd=Path(__file__).resolve().parents[1],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    assert child.stdout is not None
    said = ""
    try:
        with child.stdout:
            for line in child.stdout:
                done, slash, total = line.strip().partition("/")
                if slash and done.isdecimal() and total.isdecimal():
                    on_share(int(done) / int(total))
                elif line.strip():
                    said = line.strip()
        status = child.wait()
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()
    if status:
        require_room(out, _ROOM)
        reason = signal.Signals(-status).name if status < 0 else said
        raise ConvertError(
            f"llama.cpp could not quantise to {kind}: {reason or 'no reason given'}; "
            "check the space on the disk, or choose another type"
        )


def main(source: str, out: str, kind: str) -> int:
    """The child: quantises with progress on standard output; gives the exit status."""
    import llama_cpp.llama_cpp as library

    trouble = ""

    @library.llama_log_callback  # type: ignore[untyped-decorator]
    def log(level: int, text: bytes, _data: Any) -> None:
        nonlocal trouble
        if found := _TENSOR.search(text):
            print(f"{int(found[1])}/{int(found[2])}", flush=True)
        elif level == _ERROR_LEVEL:
            trouble = text.decode("utf-8", "replace").strip() or trouble

    library.llama_log_set(log, ctypes.c_void_p(0))
    parameters = library.llama_model_quantize_default_params()
    parameters.ftype = K_QUANTS[kind]
    parameters.max_buf_size = BUFFER_BYTES
    status = library.llama_model_quantize(source.encode(), out.encode(), ctypes.byref(parameters))
    if status:
        print(trouble.replace("\n", " ") or f"status {status}", flush=True)
    return 1 if status else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

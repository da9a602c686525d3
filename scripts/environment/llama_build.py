"""How llama.cpp is compiled on this machine: CUDA or Metal where found, else its CPU."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

CUDA_COMPILER = Path("/usr/local/cuda/bin/nvcc")


def acceleration(environment: dict[str, str], platform: str = sys.platform) -> tuple[str, str]:
    """Give the CMAKE_ARGS to compile llama.cpp with, and the line that says so.

    The multimodal half of llama.cpp is left out (53 of its 193 compiler steps): SOMA reads text.
    """
    given = environment.get("CMAKE_ARGS", "")
    if given:
        return given, f"llama.cpp: your CMAKE_ARGS, {given}"
    arguments = "-DLLAVA_BUILD=OFF"
    if platform == "darwin":
        return f"{arguments} -DGGML_METAL=on", "llama.cpp: with Metal"
    path = environment.get("PATH", "")
    query = shutil.which("nvidia-smi", path=path)
    try:
        gpu = (
            bool(query)
            and not subprocess.run(
                [str(query), "-L"], capture_output=True, timeout=20, check=False, env=environment
            ).returncode
        )
    except (OSError, subprocess.TimeoutExpired):
        gpu = False
    if not gpu:
        return arguments, "llama.cpp: for this machine's CPU (no NVIDIA GPU found)"
    compiler = shutil.which("nvcc", path=path)
    if compiler:
        return f"{arguments} -DGGML_CUDA=on", f"llama.cpp: with CUDA (a GPU, and {compiler})"
    if CUDA_COMPILER.exists():
        arguments = f"{arguments} -DGGML_CUDA=on -DCMAKE_CUDA_COMPILER={CUDA_COMPILER}"
        return arguments, f"llama.cpp: with CUDA (a GPU, and {CUDA_COMPILER})"
    return arguments, (
        "llama.cpp: for the CPU. There is an NVIDIA GPU, but no nvcc to compile for it: install "
        "the CUDA toolkit, then run python3 scripts/setup.py --again"
    )


def lacks_cuda(venv: Path, cmake_args: str) -> bool:
    """Say whether llama.cpp came without the CUDA that was asked for.

    pip's cache keeps one wheel of a version, whatever CMAKE_ARGS it was compiled with.
    """
    if "-dggml_cuda=on" not in cmake_args.lower():
        return False
    libraries = list(venv.glob("lib/python*/site-packages/llama_cpp/lib/*"))
    return bool(libraries) and not any("ggml-cuda" in library.name for library in libraries)
